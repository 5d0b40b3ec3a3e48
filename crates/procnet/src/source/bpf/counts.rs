//! The kernel's own counts of the sockets in a network namespace, which show whether a pass has seen
//! all of them.
//!
//! A pass sees sockets that a descriptor holds. `net/sockstat` says how many sockets user space has
//! created (`sockets: used`; net/core/sock.c `sock_inuse_get`): connections that are not accepted yet,
//! orphans and sockets in a message among them. It does not include what is left of connections
//! (`TCP: tw`), nor requests for connections, which their listener counts. If the numbers are the same
//! before and after the pass and as many as it has seen, it has missed none: another socket would have
//! to come and go meanwhile, each at just the right moment.

use procnet_core::counter::sockstat;

use super::super::count::value;
use crate::{Kind, ProcRoot, netns::NetnsHandle};

/// The counts of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Sockets of all families that have not been freed.
    used: u64,
    /// TCP sockets of both IP versions in `TIME_WAIT`, or in a `FIN_WAIT2` that is left of a connection.
    time_wait: u64,
}

impl Counts {
    /// `None` if they are unknown: before Linux 4.16 `used` is that of the whole host, and then differs
    /// unless there is no other socket.
    pub(super) fn read(root: &ProcRoot, netns: &NetnsHandle, text: &mut Vec<u8>) -> Option<Counts> {
        Counts::decode(netns.read_small(root, "sockstat", text).ok()?)
    }

    /// Sockets of all families.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Whether anything is left of connections.
    pub(super) fn has_time_wait(&self) -> bool {
        self.time_wait > 0
    }

    fn decode(text: &[u8]) -> Option<Counts> {
        let (mut used, mut time_wait) = (None, None);
        for row in sockstat::Rows::new(text).filter_map(Result::ok) {
            match row.prefix() {
                b"sockets" => used = value(&row, b"used"),
                b"TCP" => time_wait = value(&row, b"tw"),
                _ => {}
            }
        }
        Some(Counts { used: used?, time_wait: time_wait? })
    }
}

/// What is known of the sockets in a network namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) before: Option<Counts>,
    pub(super) after: Option<Counts>,
    /// The sockets of all families that the pass has seen.
    pub(super) sockets: u64,
    /// Whether a listener among them has requests for connections.
    pub(super) requests: bool,
}

impl Seen {
    /// Whether a table cannot have more sockets than the pass has seen.
    pub(super) fn is_all_of(&self, kind: Kind) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else { return false };
        let is_counted = before == after && before.used == self.sockets;
        is_counted && (!kind.is_tcp() || (before.time_wait == 0 && !self.requests))
    }
}

#[cfg(test)]
impl Counts {
    pub(super) fn new(used: u64, time_wait: u64) -> Counts {
        Counts { used, time_wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_sockstat() {
        let text =
            b"sockets: used 21\nTCP: inuse 9 orphan 0 tw 2 alloc 9 mem 1\nUDP: inuse 0 mem 0\n";
        assert_eq!(Counts::decode(text), Some(Counts { used: 21, time_wait: 2 }));
        assert_eq!(Counts::decode(b"sockets: used 21\n"), None);
        assert_eq!(Counts::decode(b"TCP: inuse 9 orphan 0 tw 2\n"), None);
        assert_eq!(Counts::decode(b"sockets: used x\nTCP: tw 2\n"), None);
        assert_eq!(Counts::decode(b""), None);
    }

    #[test]
    fn a_table_is_whole_only_if_every_count_says_so() {
        let counts = |used, time_wait| Some(Counts { used, time_wait });
        let seen = Seen { before: counts(5, 0), after: counts(5, 0), sockets: 5, requests: false };
        let all = |seen: Seen| [Kind::Tcp, Kind::Tcp6, Kind::Udp].map(|kind| seen.is_all_of(kind));
        assert_eq!(all(seen), [true; 3]);
        // One without a descriptor; one that was closed; one that was created.
        for sockets in [4, 6] {
            assert_eq!(all(Seen { sockets, ..seen }), [false; 3]);
        }
        assert_eq!(all(Seen { after: counts(6, 0), ..seen }), [false; 3]);
        assert_eq!(all(Seen { before: counts(6, 0), ..seen }), [false; 3]);
        // Only TCP has sockets that are not counted among those used.
        let only_tcp = [false, false, true];
        let waits = Seen { before: counts(5, 1), after: counts(5, 1), ..seen };
        assert_eq!(all(waits), only_tcp);
        assert_eq!(all(Seen { requests: true, ..seen }), only_tcp);
        for unknown in [Seen { before: None, ..seen }, Seen { after: None, ..seen }] {
            assert_eq!(all(unknown), [false; 3]);
        }
    }
}
