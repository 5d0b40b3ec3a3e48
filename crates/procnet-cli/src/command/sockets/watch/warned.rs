//! What needs attention about a socket: full backlogs, and counters that have risen.

use procnet::{Socket, State, decode::table::inet::Timer};

use crate::row::Warnings;

/// What needs attention about a socket, given the same one in the look before.
pub(super) fn since(before: Option<&Socket<'_>>, now: &Socket<'_>) -> Warnings {
    let risen = |count: fn(&Socket<'_>) -> Option<u32>| {
        let (before, now) = before.and_then(count).zip(count(now))?;
        // It wraps at 2³². What has fallen was not counted on.
        let risen = now.wrapping_sub(before);
        (risen <= u32::MAX / 2).then(|| u64::from(risen))
    };
    Warnings {
        full: u64::from(is_full(now)),
        leaking: 0,
        retransmissions: risen(retransmissions).unwrap_or(0),
        drops: risen(drops).unwrap_or(0),
    }
}

/// Whether no more connections can wait to be accepted (include/net/sock.h `sk_acceptq_is_full`):
/// only then does the queue exceed the backlog.
fn is_full(socket: &Socket<'_>) -> bool {
    let queue = socket.rx_queue().zip(socket.backlog());
    socket.state == State::LISTEN && queue.is_some_and(|(waiting, backlog)| waiting > backlog)
}

fn drops(socket: &Socket<'_>) -> Option<u32> {
    socket.drops()
}

/// How many segments were sent again: in all, or without details, since the last acknowledgement.
fn retransmissions(socket: &Socket<'_>) -> Option<u32> {
    let info = socket.details().and_then(|details| details.tcp_info());
    if let Some(total) = info.and_then(|info| info.total_retrans()) {
        return Some(total);
    }
    let is_tcp = socket.kind.is_tcp();
    let timer = socket.timer().filter(|timer| timer.kind == Timer::RETRANSMIT);
    is_tcp.then(|| timer.map_or(0, |timer| timer.retransmits))
}
