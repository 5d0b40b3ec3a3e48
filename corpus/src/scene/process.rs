//! Processes with names that mislead.

use procnet_core::process::status::Uids;

use crate::{naive::process::Stat, render::process};

/// `stat` and `status` of each.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let processes: [(u32, &[u8], u8, u32, u32); 4] = [
        (1, b"systemd", b'S', 1, 0),
        (4_194_303, b"a) S 1 (", b'R', 7, 1000),
        (811, b"x\ny\\z", b'D', 1, 4_294_967_294),
        // The leader has ended, others live.
        (812, b"\xFF gone", b'Z', 3, 65_534),
    ];
    let mut files = Vec::new();
    for (pid, comm, state, threads, uid) in processes {
        let comm = comm.to_vec();
        let uids = Uids { real: uid, effective: 0, saved: uid, filesystem: 0 };
        let start_time = u64::from(pid) * 1000;
        files.push((format!("{pid}/status"), process::status(&comm, pid, uids)));
        let stat = Stat { pid, comm, state, ppid: u32::from(pid != 1), threads, start_time };
        files.push((format!("{pid}/stat"), process::stat(&stat)));
    }
    files
}
