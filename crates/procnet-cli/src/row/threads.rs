//! -T: the threads that hold a socket.

use procnet::{Socket, process::Threads};
use serde::Serialize;

use super::escaped;
use crate::output::{Cells, Column, ITEM_SEPARATOR, Keep, Shape};

/// A thread, as programs read it. Its name is already escaped.
#[derive(Debug, Serialize)]
struct ThreadForm {
    pid: u32,
    tid: u32,
    fd: u32,
    comm: String,
}

/// The threads that hold a socket, the first one of a process among them.
#[derive(Debug, Serialize)]
pub(super) struct ThreadForms {
    threads: Vec<ThreadForm>,
}

impl ThreadForms {
    pub(super) fn of(socket: &Socket<'_>, known: &Threads) -> ThreadForms {
        let threads = socket.inode.map(|inode| known.of(inode)).unwrap_or_default();
        let form = |thread: &procnet::process::Thread| ThreadForm {
            pid: thread.pid,
            tid: thread.tid,
            fd: thread.fd,
            comm: escaped(thread.comm.as_bytes()),
        };
        ThreadForms { threads: threads.iter().map(form).collect() }
    }

    pub(super) fn column() -> Column {
        Column::new("Threads", Shape::List, Keep::Always)
    }

    /// CSV has the same list as JSON.
    pub(super) fn values(&self, cells: &mut Cells) {
        cells.push(serde_json::to_string(&self.threads).unwrap_or_default());
    }

    /// `worker(812/815)/6`: process, thread and descriptor. The first thread of a process is left
    /// out, as it stands for the process among the owners.
    pub(super) fn cells(&self, cells: &mut Cells) {
        let others = self.threads.iter().filter(|thread| thread.pid != thread.tid);
        let shown = others.map(|it| format!("{}({}/{})/{}", it.comm, it.pid, it.tid, it.fd));
        cells.push(shown.collect::<Vec<_>>().join(&ITEM_SEPARATOR.to_string()));
    }
}
