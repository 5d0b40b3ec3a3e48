//! Capabilities: the command gives up those that reading never needs, before it reads anything.
//!
//! A capability is each thread's own, and is inherited by the threads that it starts; so that is done
//! while there is only one.

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

/// What the command may need: processes of other users and their files (`SYS_PTRACE`,
/// `DAC_READ_SEARCH`), other network namespaces (`SYS_ADMIN`), the marks of sockets, long queues of
/// notifications and, for `--kill`, closing sockets (`NET_ADMIN`), BPF programs (`BPF`, `PERFMON`), and pointers, which tell rows without an inode
/// apart (`SYSLOG`; lib/vsprintf.c `restricted_pointer`).
const NEEDED: CapabilitySet = CapabilitySet::SYS_PTRACE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::SYS_ADMIN)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::BPF)
    .union(CapabilitySet::PERFMON)
    .union(CapabilitySet::SYSLOG);

/// Gives up all capabilities but those that are needed.
///
/// Without `CAP_SYS_PTRACE` a process may be examined only by one that has all of its capabilities
/// (security/commoncap.c `cap_ptrace_access_check`); then none is given up.
pub(crate) fn reduce() {
    if let Some(sets) = capabilities(None).ok().and_then(reduced) {
        // Giving up is always permitted.
        let _ = set_capabilities(None, sets);
    }
}

/// `None` if they are to stay as they are.
fn reduced(sets: CapabilitySets) -> Option<CapabilitySets> {
    sets.effective.contains(CapabilitySet::SYS_PTRACE).then(|| CapabilitySets {
        effective: sets.effective & NEEDED,
        permitted: sets.permitted & NEEDED,
        inheritable: CapabilitySet::empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reading_never_needs_is_given_up() {
        let all = CapabilitySet::all();
        let sets = CapabilitySets { effective: all, permitted: all, inheritable: all };
        let reduced = reduced(sets).unwrap();
        assert_eq!((reduced.effective, reduced.permitted), (NEEDED, NEEDED));
        assert!(reduced.inheritable.is_empty());
        let setuid =
            CapabilitySet::SETUID | CapabilitySet::SYS_MODULE | CapabilitySet::DAC_OVERRIDE;
        assert!(!reduced.permitted.intersects(setuid));
    }

    #[test]
    fn who_may_only_examine_processes_with_the_same_capabilities_keeps_them() {
        let of_a_container = CapabilitySet::SETUID | CapabilitySet::CHOWN;
        let sets = CapabilitySets {
            effective: of_a_container,
            permitted: of_a_container,
            inheritable: CapabilitySet::empty(),
        };
        assert!(reduced(sets).is_none());
    }
}
