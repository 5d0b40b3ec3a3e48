//! Attributes of a socket for which the library has no accessor.

use std::{num::NonZeroU32, time::Duration};

use procnet::{Detail, Socket, core::table::inet::Timer};

/// The running timer, the time until it expires, and the retransmissions so far.
pub(super) fn timer(socket: &Socket<'_>) -> Option<(Timer, Duration, u32)> {
    let (timer, expires, retransmits) = match &socket.detail {
        Detail::Inet(record) => (record.timer, ticks(record.timer_ticks), record.retransmits),
        Detail::InetDiag(diag) => {
            (diag.timer, diag.expires.unwrap_or_default(), diag.retransmits.into())
        }
        _ => return None,
    };
    (timer != Timer::OFF).then_some((timer, expires, retransmits))
}

/// /proc counts in ticks of `USER_HZ`, which is 100 on every architecture in use.
fn ticks(count: u64) -> Duration {
    Duration::from_millis(count.saturating_mul(10))
}

/// The socket's cookie, which only sock_diag provides.
pub(super) fn cookie(socket: &Socket<'_>) -> Option<u64> {
    match &socket.detail {
        Detail::InetDiag(diag) => Some(diag.cookie),
        Detail::UnixDiag(diag) => Some(diag.cookie),
        _ => None,
    }
}

/// The index of the interface that it is bound to.
pub(super) fn interface(socket: &Socket<'_>) -> Option<u32> {
    match &socket.detail {
        Detail::InetDiag(diag) => diag.interface.map(NonZeroU32::get),
        _ => socket.packet()?.interface.map(NonZeroU32::get),
    }
}
