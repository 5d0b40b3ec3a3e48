//! -Z and -z: the security contexts of owners, and of their sockets.

use std::cell::RefCell;

use procnet::{Owners, Socket, process::SecurityContexts};
use serde::Serialize;

use super::escaped;
use crate::output::{Cells, Column, ITEM_SEPARATOR, Keep, Shape};

/// What is known of an owner, as programs read it. Contexts are already escaped.
#[derive(Debug, Serialize)]
struct ContextForm {
    pid: u32,
    fd: u32,
    process: Option<String>,
    /// Absent unless it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<Option<String>>,
}

/// The contexts of all owners of a socket.
#[derive(Debug, Serialize)]
pub(super) struct ContextForms {
    contexts: Vec<ContextForm>,
}

impl ContextForms {
    pub(super) fn of(
        socket: &Socket<'_>,
        owners: Owners<'_>,
        known: &RefCell<SecurityContexts>,
        with_sockets: bool,
    ) -> ContextForms {
        let mut known = known.borrow_mut();
        let contexts = owners.iter().map(|owner| {
            let (pid, fd) = (owner.pid(), owner.fd);
            let of_socket = with_sockets.then(|| {
                let context = socket.inode.and_then(|inode| known.of_socket(pid, fd, inode));
                context.map(|context| escaped(&context))
            });
            ContextForm { pid, fd, process: known.of_process(pid).map(escaped), socket: of_socket }
        });
        ContextForms { contexts: contexts.collect() }
    }

    pub(super) fn columns(with_sockets: bool) -> impl Iterator<Item = Column> {
        let process = Column::new("Context", Shape::List, Keep::Always);
        let socket = Column::new("Socket context", Shape::List, Keep::Always);
        std::iter::once(process).chain(with_sockets.then_some(socket))
    }

    /// CSV has the same list as JSON.
    pub(super) fn values(&self, cells: &mut Cells) {
        cells.push(serde_json::to_string(&self.contexts).unwrap_or_default());
    }

    /// In the order of the owners; `?` where only some are known.
    pub(super) fn cells(&self, with_sockets: bool, cells: &mut Cells) {
        let process = |form: &ContextForm| form.process.clone();
        let socket = |form: &ContextForm| form.socket.clone().flatten();
        cells.push(self.list(process));
        if with_sockets {
            cells.push(self.list(socket));
        }
    }

    fn list(&self, of: impl Fn(&ContextForm) -> Option<String>) -> String {
        let all: Vec<Option<String>> = self.contexts.iter().map(of).collect();
        if all.iter().all(Option::is_none) {
            return String::new();
        }
        let shown = all.into_iter().map(|context| context.unwrap_or_else(|| "?".to_owned()));
        shown.collect::<Vec<_>>().join(&ITEM_SEPARATOR.to_string())
    }
}
