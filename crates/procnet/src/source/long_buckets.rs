//! Long buckets of the kernel's TCP hashes.
//!
//! The kernel lists a bucket under its lock and resumes within a bucket by counting its sockets: at
//! the next datagram, or after 16 sockets of a bucket (net/ipv4/inet_diag.c `inet_diag_dump_icsk`);
//! at the next page of a table (net/ipv4/tcp_ipv4.c `tcp_seek_last_pos`). If a socket before that
//! position is closed meanwhile, the next one is left out. Mostly a bucket holds one socket, and is
//! never resumed. Others are long:
//!
//! - Sockets that listen on the same address and port (`SO_REUSEPORT`), or are only bound to it,
//!   share a bucket (net/ipv4/inet_hashtables.c `inet_lhash2_bucket_sk`, `inet_bhashfn_portaddr`).
//! - A network namespace may have a hash of its own, with few buckets
//!   (`net.ipv4.tcp_child_ehash_entries`), or very many sockets.
//!
//! Where a bucket may be long, the table is read again. Whether another socket is left out is a
//! matter of chance each time, so one that stays is found.

use std::net::SocketAddr;

use procnet_core::State;

use crate::{ProcRoot, file, socket::SocketFields};

/// The number of sockets of a bucket that a dump reports at once (net/ipv4/inet_diag.c `SKARR_SZ`).
pub(super) const AT_ONCE: u64 = 16;

/// A hash with fewer buckets is that of a namespace: the host's has one for each 128 KiB of memory
/// (net/ipv4/tcp.c `tcp_init`).
const FEW_BUCKETS: u64 = 8192;

/// What has to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The listeners, which the kernel lists first.
    Listeners,
    Everything,
}

/// Whether a table with `rows`, in a hash with this many buckets, has buckets that are resumed: with
/// four sockets in a bucket on average, one in a million holds more than 16. Up to there, a bucket
/// is resumed only if it is the last one of a datagram or of a page.
pub(super) fn has_long_buckets(rows: u64, buckets: Option<u64>) -> bool {
    rows > AT_ONCE
        && buckets.is_some_and(|buckets| {
            let room = if buckets < FEW_BUCKETS { buckets / 8 } else { 4 * buckets };
            rows > room
        })
}

/// The number of buckets of the TCP hash of the calling thread's network namespace (Linux 6.1 and
/// newer; up to then all namespaces share one).
pub(crate) fn callers_buckets(root: &ProcRoot) -> Option<u64> {
    let mut space = [0; 32];
    let read = file::read_into(root.dir(), b"sys/net/ipv4/tcp_ehash_entries", &mut space).ok()?;
    // Negative if the namespace shares the hash of the initial one.
    let number: i64 = std::str::from_utf8(space.get(..read)?).ok()?.trim().parse().ok()?;
    Some(number.unsigned_abs()).filter(|buckets| *buckets > 0)
}

/// Adjacent sockets of a table in one state, and whether some are bound to the same address and
/// port.
#[derive(Debug)]
pub(super) struct SharedPorts {
    state: State,
    last: Option<SocketAddr>,
    sockets: u64,
    is_any_shared: bool,
}

impl SharedPorts {
    pub(super) fn of(state: State) -> SharedPorts {
        SharedPorts { state, last: None, sockets: 0, is_any_shared: false }
    }

    #[inline]
    pub(super) fn note(&mut self, fields: &SocketFields) {
        if fields.state == self.state {
            self.add(fields.ends.map(|ends| ends.local));
        }
    }

    fn add(&mut self, local: Option<SocketAddr>) {
        self.sockets += 1;
        self.is_any_shared |= local == self.last;
        self.last = local;
    }

    /// Whether the kernel, which reports so many sockets at once, may have resumed between two that
    /// share a bucket.
    pub(super) fn may_be_resumed(&self, at_once: u64) -> bool {
        self.is_any_shared && self.sockets > at_once
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hash_with_several_sockets_in_a_bucket_has_long_ones() {
        // A host: 262,144 buckets.
        for (rows, is_long) in [(17, false), (1_000_000, false), (1_100_000, true)] {
            assert_eq!(has_long_buckets(rows, Some(1 << 18)), is_long, "{rows}");
        }
        // A namespace of its own hash.
        for (rows, is_long) in [(16, false), (17, true), (1000, true)] {
            assert_eq!(has_long_buckets(rows, Some(16)), is_long, "{rows}");
        }
        assert!(!has_long_buckets(100, Some(4096)) && has_long_buckets(600, Some(4096)));
        assert!(!has_long_buckets(u64::MAX, None));
    }

    #[test]
    fn listeners_share_a_bucket_if_they_share_an_address() {
        let local = |port| Some(SocketAddr::from(([127, 0, 0, 1], port)));
        let may = |ports: &[u16]| {
            let mut listeners = SharedPorts::of(State::LISTEN);
            ports.iter().for_each(|port| listeners.add(local(*port)));
            listeners.may_be_resumed(3)
        };
        assert!(!may(&[1, 2, 3, 4, 5]) && !may(&[1, 1, 1]));
        assert!(may(&[1, 2, 3, 3]) && may(&[1; 4]));
    }
}
