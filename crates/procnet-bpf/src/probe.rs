//! Whether programs may be loaded at all, in a few microseconds.
//!
//! The kernel checks the capabilities anyway, but in an order that depends on its version, and with
//! the same `EPERM` for each reason. So the cheap questions are asked first, one by one.

use std::fs;

use rustix::{
    io::Errno,
    thread::{CapabilitySet, capabilities},
};

use crate::{
    Refusal,
    sys::{self, Kind},
};

/// `PROC_USER_INIT_INO`: include/uapi/linux/nsfs.h (before 6.18, include/linux/proc_ns.h).
const INITIAL_USER_NAMESPACE: u64 = 0xEFFF_FFFD;

/// Refuses if bpf(2) is out of reach.
pub(crate) fn permitted() -> Result<(), Refusal> {
    if cfg!(any(target_endian = "big", not(target_pointer_width = "64"))) {
        return Err(Refusal::Architecture);
    }
    // `bpf_capable` and `perfmon_capable`. A kernel that does not report capabilities is asked below.
    let effective = capabilities(None).map_or(CapabilitySet::all(), |sets| sets.effective);
    let either = effective.contains(CapabilitySet::SYS_ADMIN)
        || effective.contains(CapabilitySet::BPF | CapabilitySet::PERFMON);
    if !either {
        return Err(Refusal::Capabilities);
    }
    // No program is empty (E2BIG); but whether bpf(2) is permitted is decided before that.
    match sys::prog_load("", Kind::RawTracepoint, &[], &mut []) {
        Err(Errno::NOSYS) => Err(Refusal::NoSyscall),
        Err(Errno::PERM | Errno::ACCESS) => Err(denied("BPF_PROG_LOAD")),
        _ => Ok(()),
    }
}

/// Which of the reasons it is that a command was not permitted.
pub(crate) fn denied(command: &'static str) -> Refusal {
    if rustix::fs::stat("/proc/self/ns/user")
        .is_ok_and(|stat| stat.st_ino != INITIAL_USER_NAMESPACE)
    {
        Refusal::UserNamespace
    } else if is_filtered() {
        Refusal::Seccomp
    } else {
        Refusal::Denied { command }
    }
}

/// Whether the thread is under a seccomp filter.
fn is_filtered() -> bool {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("Seccomp:").is_some_and(|mode| mode.trim() == "2"))
}
