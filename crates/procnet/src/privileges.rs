//! Capabilities: what a program that reads sockets can give up.
//!
//! A capability is each thread's own, and is inherited by the threads that it starts: a program gives up what
//! it does not need while it has only one thread, or in each of them. Giving up is for good.
//!
//! Without `CAP_SYS_PTRACE` a process may be examined only by one that has all of its capabilities
//! (security/commoncap.c `cap_ptrace_access_check`); so a thread without it keeps what it has, as long as it reads.
//!
//! ```
//! procnet::privileges::keep_for_reading();
//! let mut scanner = procnet::Scanner::new()?;
//! scanner.visit(&procnet::Query::new(), |_socket| ())?;
//! # Ok::<(), procnet::Error>(())
//! ```

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

/// What each refresh may need: processes of other users and their files (`SYS_PTRACE`, `DAC_READ_SEARCH`), and
/// pointers, which tell rows without an inode apart (`SYSLOG`; lib/vsprintf.c `restricted_pointer`).
const REFRESHES: CapabilitySet =
    CapabilitySet::SYS_PTRACE.union(CapabilitySet::DAC_READ_SEARCH).union(CapabilitySet::SYSLOG);

/// What is needed besides to enter network namespaces.
const NAMESPACES: CapabilitySet = CapabilitySet::SYS_ADMIN;

/// What else may be needed: BPF programs (`BPF`, `PERFMON`), the marks of sockets, long queues of notifications
/// and closing sockets (`NET_ADMIN`).
const READING: CapabilitySet = REFRESHES
    .union(NAMESPACES)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::BPF)
    .union(CapabilitySet::PERFMON);

/// Gives up all capabilities of the calling thread that this library never needs.
pub fn keep_for_reading() {
    keep(READING);
}

/// Gives up all capabilities of the calling thread but those that visits need whose BPF programs are loaded,
/// and subscriptions that are made: `CAP_BPF`, `CAP_PERFMON` and `CAP_NET_ADMIN`, and `CAP_SYS_ADMIN` unless
/// other network `namespaces` are visited.
///
/// A BPF program is loaded at the second visit that needs it, or the first if the query names BPF as the
/// [source](crate::Query::owner_source). With `CAP_SYS_ADMIN`, the kernel still permits to load some.
pub fn keep_for_refreshes(namespaces: bool) {
    keep(if namespaces { REFRESHES.union(NAMESPACES) } else { REFRESHES });
}

/// Gives up all capabilities of the calling thread, for one that does not read.
pub fn keep_none() {
    let none = CapabilitySet::empty();
    // Giving up is always permitted.
    let _ = set_capabilities(
        None,
        CapabilitySets { effective: none, permitted: none, inheritable: none },
    );
}

fn keep(needed: CapabilitySet) {
    if let Some(sets) = capabilities(None).ok().and_then(|sets| reduced(sets, needed)) {
        // Giving up is always permitted.
        let _ = set_capabilities(None, sets);
    }
}

/// `None` if they are to stay as they are.
fn reduced(sets: CapabilitySets, needed: CapabilitySet) -> Option<CapabilitySets> {
    sets.effective.contains(CapabilitySet::SYS_PTRACE).then(|| CapabilitySets {
        effective: sets.effective & needed,
        permitted: sets.permitted & needed,
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
        let kept = reduced(sets, READING).unwrap();
        assert_eq!((kept.effective, kept.permitted), (READING, READING));
        assert!(kept.inheritable.is_empty());
        let setuid =
            CapabilitySet::SETUID | CapabilitySet::SYS_MODULE | CapabilitySet::DAC_OVERRIDE;
        assert!(!kept.permitted.intersects(setuid));
        let kept = reduced(sets, REFRESHES).unwrap();
        assert!(!kept.permitted.intersects(CapabilitySet::BPF | CapabilitySet::SYS_ADMIN));
    }

    #[test]
    fn who_may_only_examine_processes_with_the_same_capabilities_keeps_them() {
        let of_a_container = CapabilitySet::SETUID | CapabilitySet::CHOWN;
        let sets = CapabilitySets {
            effective: of_a_container,
            permitted: of_a_container,
            inheritable: CapabilitySet::empty(),
        };
        assert!(reduced(sets, READING).is_none());
    }

    #[test]
    fn a_thread_can_give_up_all() {
        std::thread::spawn(|| {
            keep_none();
            let sets = capabilities(None).unwrap();
            assert!(sets.effective.is_empty() && sets.permitted.is_empty());
        })
        .join()
        .unwrap();
    }
}
