//! The names of the hosts at both ends of a socket.

use std::sync::Arc;

use serde::Serialize;

use crate::output::Cells;

/// The names of both ends, as programs read them.
#[derive(Serialize)]
pub(super) struct EndNames {
    local_name: Option<String>,
    remote_name: Option<String>,
}

impl EndNames {
    pub(super) const KEYS: [&'static str; 2] = ["local_name", "remote_name"];

    /// Of the local and of the remote end.
    pub(super) fn of(ends: &[Option<Arc<str>>; 2]) -> EndNames {
        let [local_name, remote_name] =
            [&ends[0], &ends[1]].map(|name| name.as_deref().map(str::to_owned));
        EndNames { local_name, remote_name }
    }

    pub(super) fn values(self, cells: &mut Cells) {
        cells.push_option(self.local_name);
        cells.push_option(self.remote_name);
    }
}
