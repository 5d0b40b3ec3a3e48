//! Processes of which a pass reports no file, because their files are hidden from it.
//!
//! No permission of /proc limits a pass, but a security module may keep the files of a process from
//! the kernel's iterator too. Nothing in a pass shows that: a process of which it reports no file may
//! as well have no socket. So if a socket stays without an owner, each such process is asked for a
//! link of /proc, in one system call; whoever refuses it may hold the socket, and is counted.
//!
//! A caller without `CAP_SYS_PTRACE` is refused by many processes that a pass sees, and so is one that
//! Landlock restricts. That the pass has reported another process that refuses shows that this is the
//! case, and nothing is counted.

use std::{mem::MaybeUninit, ops::ControlFlow};

use rustix::{
    fs::{self, AtFlags, readlinkat_raw},
    io::Errno,
};

use crate::{
    ProcRoot,
    coverage::{Failure, Processes},
    file, root,
};

/// The processes of which a pass reports files, and those that are listed besides.
#[derive(Debug, Default)]
pub(super) struct Unreported {
    reported: Vec<u32>,
    pids: Vec<u32>,
}

impl Unreported {
    /// Before a walk: it reads each process that is listed.
    pub(super) fn clear(&mut self) {
        self.reported.clear();
        self.pids.clear();
    }

    /// After a pass that reported files of some of the `listed` processes, in any order.
    pub(super) fn begin(&mut self, listed: &[u32], reported: &[u32]) {
        self.clear();
        self.reported.extend_from_slice(reported);
        self.reported.sort_unstable();
        self.reported.dedup();
        let unreported = listed.iter().filter(|pid| self.reported.binary_search(pid).is_err());
        self.pids.extend(unreported);
    }

    /// Counts the processes that hide their files from a pass as well.
    pub(super) fn count(&self, root: &ProcRoot, listing: &mut Vec<u8>, processes: &mut Processes) {
        let refusal = |pid: u32| refusal(root, pid);
        let may_hold_any = |pid: u32| has_descriptors(root, pid, listing);
        self.each_hidden(refusal, may_hold_any, |pid, failure| processes.hide(pid, failure));
    }

    fn each_hidden(
        &self,
        refusal: impl Fn(u32) -> Option<Errno>,
        mut has_descriptors: impl FnMut(u32) -> bool,
        mut hide: impl FnMut(u32, Failure),
    ) {
        let mut is_limited = None;
        for pid in &self.pids {
            let Some(errno) = refusal(*pid) else { continue };
            if !has_descriptors(*pid) {
                continue;
            }
            // Asked only if it matters: as a rule, nobody refuses.
            let sees_more = || self.reported.iter().any(|pid| refusal(*pid).is_some());
            if *is_limited.get_or_insert_with(sees_more) {
                return;
            }
            hide(*pid, Failure::new(errno));
        }
    }
}

/// Why the caller may not examine a process at all; `None` if it may, or the process has ended.
pub(super) fn refusal(root: &ProcRoot, pid: u32) -> Option<Errno> {
    // The same check as for its descriptors (fs/proc/base.c `proc_pid_readlink`).
    let path = file::path(format_args!("{pid}/cwd"));
    let mut target = [MaybeUninit::uninit(); 1];
    match readlinkat_raw(root.dir(), &path[..], &mut target) {
        Err(errno @ (Errno::ACCESS | Errno::PERM)) => Some(errno),
        _ => None,
    }
}

/// Whether a process has descriptors, as far as that is known: a kernel thread and a zombie have none.
fn has_descriptors(root: &ProcRoot, pid: u32, listing: &mut Vec<u8>) -> bool {
    let path = file::path(format_args!("{pid}/fd"));
    // The number of descriptors since Linux 6.2, and zero before.
    let stat = fs::statat(root.dir(), &path[..], AtFlags::empty());
    if stat.is_ok_and(|stat| stat.st_size > 0) {
        return true;
    }
    let mut has_any = false;
    let listed = file::open_dir(root.dir(), &path).and_then(|dir| {
        root::numbers_in(dir, 0, listing, |_fd| {
            has_any = true;
            ControlFlow::Break(())
        })
    });
    match listed {
        Ok(()) => has_any,
        Err(errno) => !matches!(errno, Errno::NOENT | Errno::SRCH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hidden ones among processes 1 to 9, after a pass that reported some of them.
    fn hidden(reported: &[u32], refusing: &[u32], empty: &[u32]) -> Vec<u32> {
        let mut unreported = Unreported::default();
        // What an earlier visit has left.
        unreported.begin(&[20, 21], &[21]);
        unreported.begin(&(1..10).collect::<Vec<_>>(), reported);
        let mut hidden = Vec::new();
        unreported.each_hidden(
            |pid| refusing.contains(&pid).then_some(Errno::ACCESS),
            |pid| !empty.contains(&pid),
            |pid, failure| {
                assert!(failure.is_permission());
                hidden.push(pid);
            },
        );
        hidden
    }

    #[test]
    fn a_process_that_refuses_and_of_which_a_pass_reports_nothing_is_hidden() {
        assert_eq!(hidden(&[8, 3, 3, 5], &[1, 7], &[]), [1, 7]);
        assert_eq!(hidden(&[], &[1], &[]), [1]);
        assert!(hidden(&[3], &[], &[]).is_empty());
    }

    #[test]
    fn a_process_without_descriptors_hides_nothing() {
        assert_eq!(hidden(&[3], &[1, 2, 7], &[2, 7]), [1]);
        assert!(hidden(&[3], &[2], &[2]).is_empty());
    }

    #[test]
    fn a_pass_that_reports_a_process_that_refuses_sees_the_others_that_do() {
        assert!(hidden(&[3, 5], &[1, 5], &[]).is_empty());
    }

    #[test]
    fn after_a_walk_nothing_is_unreported() {
        let mut unreported = Unreported::default();
        unreported.begin(&[1, 2], &[2]);
        unreported.clear();
        unreported.each_hidden(|_| Some(Errno::PERM), |_| true, |pid, _| panic!("{pid}"));
    }
}
