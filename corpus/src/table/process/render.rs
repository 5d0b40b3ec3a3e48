//! The files as kernels print them.

use procnet_core::process::status::Uids;

use super::naive::Stat;

/// A link's target: net/socket.c `sockfs_dname`.
#[must_use]
pub fn link(inode: u64) -> String {
    format!("socket:[{inode}]")
}

/// The first lines of a `status` file: fs/proc/array.c `proc_pid_status`. The kernel escapes
/// newlines and backslashes in the name here.
#[must_use]
pub fn status(comm: &[u8], pid: u32, uids: Uids) -> Vec<u8> {
    let mut text = b"Name:\t".to_vec();
    for byte in comm {
        match byte {
            b'\n' => text.extend(b"\\n"),
            b'\\' => text.extend(b"\\\\"),
            byte => text.push(*byte),
        }
    }
    let Uids { real, effective, saved, filesystem } = uids;
    text.extend(
        format!(
            "\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t1\n\
             TracerPid:\t0\nUid:\t{real}\t{effective}\t{saved}\t{filesystem}\n\
             Gid:\t100\t100\t100\t100\nFDSize:\t256\nGroups:\t100 \n"
        )
        .bytes(),
    );
    text
}

/// A `stat` file: fs/proc/array.c `do_task_stat`. The name is not escaped here.
#[must_use]
pub fn stat(stat: &Stat) -> Vec<u8> {
    let Stat { pid, comm, state, ppid, threads, start_time } = stat;
    let mut text = format!("{pid} (").into_bytes();
    text.extend(comm);
    text.extend([b')', b' ', *state]);
    text.extend(
        format!(
            " {ppid} {pid} {pid} 0 -1 4194560 112 0 0 0 0 1 0 0 20 0 {threads} 0 {start_time} \
             8273920 897 18446744073709551615 1 1 0 0 0 0 0 0 65536 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0\n"
        )
        .bytes(),
    );
    text
}
