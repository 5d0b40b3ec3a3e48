//! Whether a /proc shows the processes of the host, or only those of a container.

use std::os::fd::BorrowedFd;

use rustix::{
    fs::{self, AtFlags},
    io::Errno,
};

use crate::file;

/// The inode of the initial pid namespace (include/linux/proc_ns.h `PROC_PID_INIT_INO`).
const INITIAL: u64 = 0xEFFF_FFFC;

/// The flag of kernel threads (include/linux/sched.h `PF_KTHREAD`).
const PF_KTHREAD: u32 = 0x0020_0000;

/// Whether there are processes outside the pid namespace that a /proc shows.
///
/// A procfs shows one pid namespace, that of its process 1, and those below it. Its file `ns/pid`
/// needs privilege, so there are two more ways. Where they are closed as well, the processes of
/// other users are hidden (`hidepid`), and reported as that.
pub(super) fn is_contained(root: BorrowedFd<'_>) -> bool {
    let found = by_process_1(root).or_else(|| by_own_process(root));
    found.or_else(|| by_kernel_threads(root)).unwrap_or(false)
}

/// Whether a /proc is that of the caller's own pid namespace, and not of one above it.
pub(super) fn is_own(root: BorrowedFd<'_>) -> bool {
    let mut text = Vec::new();
    let status = file::read_small(root, b"self/status", &mut text);
    status.ok().and_then(numbers_of_own) == Some(1)
}

fn by_process_1(root: BorrowedFd<'_>) -> Option<bool> {
    Some(fs::statat(root, "1/ns/pid", AtFlags::empty()).ok()?.st_ino != INITIAL)
}

/// A process may always look at itself; but it may be in a namespace below that of this /proc.
fn by_own_process(root: BorrowedFd<'_>) -> Option<bool> {
    let mut text = Vec::new();
    let status = file::read_small(root, b"self/status", &mut text).ok()?;
    if numbers_of_own(status)? != 1 {
        return None;
    }
    Some(fs::statat(root, "self/ns/pid", AtFlags::empty()).ok()?.st_ino != INITIAL)
}

/// Process 2 of the initial namespace is the parent of all kernel threads (init/main.c `rest_init`);
/// other namespaces have none.
fn by_kernel_threads(root: BorrowedFd<'_>) -> Option<bool> {
    match file::read_small(root, b"2/stat", &mut Vec::new()) {
        Ok(stat) => Some(!is_kernel_thread(stat)),
        Err(Errno::NOENT) if fs::statat(root, "1", AtFlags::empty()).is_ok() => Some(true),
        Err(_) => None,
    }
}

/// The number of pids in the line `NSpid:` (fs/proc/array.c `task_state`).
fn numbers_of_own(status: &[u8]) -> Option<usize> {
    let mut lines = status.split(|byte| *byte == b'\n');
    let pids = lines.find_map(|line| line.strip_prefix(b"NSpid:"))?;
    Some(pids.split(|byte| *byte == b'\t').filter(|pid| !pid.is_empty()).count())
}

/// Whether a `stat` file is that of a kernel thread.
fn is_kernel_thread(stat: &[u8]) -> bool {
    // The ninth column. The second may contain anything, and ends at the last parenthesis.
    let numbers = stat.rsplit(|byte| *byte == b')').next().unwrap_or_default();
    let flags = numbers.split(|byte| *byte == b' ').nth(7).unwrap_or_default();
    let flags = std::str::from_utf8(flags).ok().and_then(|flags| flags.parse::<u32>().ok());
    flags.is_some_and(|flags| flags & PF_KTHREAD != 0)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;

    /// Only the first way needs privilege; the third is closed by `hidepid`.
    #[test]
    fn all_ways_lead_to_the_same_answer() {
        let proc = file::open_dir(rustix::fs::CWD, b"/proc").unwrap();
        let ways: [fn(BorrowedFd<'_>) -> Option<bool>; 3] =
            [by_process_1, by_own_process, by_kernel_threads];
        let answers: Vec<bool> = ways.iter().filter_map(|way| way(proc.as_fd())).collect();
        assert!(!answers.is_empty());
        assert!(answers.iter().all(|answer| *answer == is_contained(proc.as_fd())), "{answers:?}");
        let own = std::fs::read_link("/proc/self/ns/pid").unwrap();
        let is_initial = own.as_os_str() == "pid:[4026531836]";
        // The /proc of the host may be mounted in a container.
        assert!(!is_initial || !is_contained(proc.as_fd()));
    }

    #[test]
    fn a_process_has_a_number_in_each_namespace_below_that_of_the_proc() {
        assert_eq!(numbers_of_own(b"Name:\tx\nNSpid:\t12\nFDSize:\t64\n"), Some(1));
        assert_eq!(numbers_of_own(b"Name:\tx\nNSpid:\t12\t1\n"), Some(2));
        assert_eq!(numbers_of_own(b"Name:\tNSpid:\n"), None);
    }

    #[test]
    fn a_process_cannot_look_like_a_kernel_thread() {
        assert!(is_kernel_thread(b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0\n"));
        assert!(!is_kernel_thread(b"2 (a) S 0 0 0 0 -1 2129984 0) S 1 2 2 0 -1 4194560 0 0\n"));
        assert!(!is_kernel_thread(b""));
    }
}
