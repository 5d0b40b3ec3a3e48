//! Processes with misleading names in the rendered captures.

use procnet_core::process::status::Uids;

use super::{naive::Stat, render};
use crate::render::File;

pub(super) fn stat() -> Vec<File> {
    let file = |(stat, _): (Stat, u32)| (format!("{}/stat", stat.pid), render::stat(&stat));
    processes().into_iter().map(file).collect()
}

pub(super) fn status() -> Vec<File> {
    let file = |(Stat { pid, comm, .. }, uid): (Stat, u32)| {
        let uids = Uids { real: uid, effective: 0, saved: uid, filesystem: 0 };
        (format!("{pid}/status"), render::status(&comm, pid, uids))
    };
    processes().into_iter().map(file).collect()
}

/// Processes, and their uids.
fn processes() -> Vec<(Stat, u32)> {
    let processes: [(u32, &[u8], u8, u32, u32); 4] = [
        (1, b"systemd", b'S', 1, 0),
        (4_194_303, b"a) S 1 (", b'R', 7, 1000),
        (811, b"x\ny\\z", b'D', 1, 4_294_967_294),
        // The leader has ended, other threads live on.
        (812, b"\xFF gone", b'Z', 3, 65_534),
    ];
    let process = |(pid, comm, state, threads, uid): (u32, &[u8], u8, u32, u32)| {
        let (comm, ppid) = (comm.to_vec(), u32::from(pid != 1));
        let start_time = u64::from(pid) * 1000;
        (Stat { pid, comm, state, ppid, threads, start_time }, uid)
    };
    processes.into_iter().map(process).collect()
}
