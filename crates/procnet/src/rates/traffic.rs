//! How fast a TCP connection transfers data.

use super::{
    Interval, NoRate, Rate,
    change::{Change, change},
};
use crate::{Socket, State};

/// Both counters are `__u64` (include/uapi/linux/tcp.h `struct tcp_info`).
const WIDTH: u32 = 64;

/// How fast a TCP connection transfers data, from two looks at its `tcp_info`: in bytes of the stream,
/// without headers and retransmissions.
///
/// What was sent counts once the peer has acknowledged it. A `SYN` and a `FIN` may count as a byte
/// (net/ipv4/tcp_input.c `tcp_snd_una_update`, `tcp_rcv_nxt_update`).
///
/// ```
/// use std::{thread::sleep, time::{Duration, Instant}};
/// use procnet::{Kinds, Query, Scanner, details::Details, rates::TrafficRates, snapshot::Snapshot};
///
/// let mut scanner = Scanner::new()?;
/// let query = Query::new().kinds(Kinds::TCP).details(Details::TCP_INFO);
/// let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
/// scanner.snapshot(&query, &mut before)?;
/// let began = Instant::now();
/// sleep(Duration::from_millis(50));
/// let elapsed = began.elapsed();
/// scanner.snapshot(&query, &mut after)?;
/// for socket in after.iter() {
///     let rates = TrafficRates::between(before.counterpart(&socket).as_ref(), &socket, elapsed);
///     if let Some(sent) = rates.and_then(|rates| rates.tx.per_second()) {
///         println!("{:?}: {sent:.0} bytes per second sent", socket.remote());
///     }
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct TrafficRates {
    /// Bytes sent and acknowledged per second, from `bytes_acked`.
    pub tx: Rate,
    /// Bytes received per second, from `bytes_received`.
    pub rx: Rate,
}

impl TrafficRates {
    /// The rates of a socket that two looks saw, the same time apart: `before` is its
    /// [counterpart](crate::snapshot::Snapshot::counterpart) in the look before, if it has one.
    ///
    /// They are [unknown](Rate::Unknown) with the reason [`Appeared`](NoRate::Appeared) if the look
    /// before did not see it, or not these counters, and with [`Reset`](NoRate::Reset) if a counter
    /// went back, as it does when a socket is connected again. `None` for a socket that has no such
    /// counters: another than of TCP, a listener, what remains of a connection, or one whose
    /// [details](crate::details::Details::TCP_INFO) were not requested.
    #[must_use]
    pub fn between(
        before: Option<&Socket<'_>>,
        after: &Socket<'_>,
        interval: impl Into<Interval>,
    ) -> Option<TrafficRates> {
        let interval = interval.into();
        let [acked, received] = counters(after)?;
        let [acked_before, received_before] = before.and_then(counters).unwrap_or_default();
        Some(TrafficRates {
            tx: rate(acked_before, acked, interval)?,
            rx: rate(received_before, received, interval)?,
        })
    }
}

/// Bytes acknowledged and received.
fn counters(socket: &Socket<'_>) -> Option<[Option<u64>; 2]> {
    if socket.state == State::LISTEN {
        return None;
    }
    let info = socket.details()?.tcp_info()?;
    Some([info.bytes_acked(), info.bytes_received()])
}

/// `None` if there is no such counter now.
fn rate(before: Option<u64>, after: Option<u64>, interval: Interval) -> Option<Rate> {
    let after = after?;
    let Some(before) = before else { return Some(Rate::Unknown(NoRate::Appeared)) };
    if interval.elapsed.is_zero() {
        return Some(Rate::Unknown(NoRate::NoTime));
    }
    Some(match change(before.into(), after.into(), [WIDTH; 2]) {
        Change::Grew(by) | Change::Wrapped(by) => {
            Rate::PerSecond(by as f64 / interval.elapsed.as_secs_f64())
        }
        Change::Reset => Rate::Unknown(NoRate::Reset),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_counter_has_a_rate_from_its_second_reading_on_unless_it_went_back() {
        let second = Interval::new(Duration::from_secs(1));
        let rate_in = |before, after, interval| rate(before, after, interval);
        assert_eq!(rate_in(None, Some(7), second), Some(Rate::Unknown(NoRate::Appeared)));
        assert_eq!(rate_in(Some(7), Some(7), second), Some(Rate::PerSecond(0.0)));
        let two = Interval::new(Duration::from_secs(2));
        assert_eq!(rate_in(Some(7), Some(1007), two), Some(Rate::PerSecond(500.0)));
        assert_eq!(rate_in(Some(1007), Some(7), two), Some(Rate::Unknown(NoRate::Reset)));
        assert_eq!(rate_in(Some(7), None, second), None);
        let none = Interval::new(Duration::ZERO);
        assert_eq!(rate_in(Some(7), Some(8), none), Some(Rate::Unknown(NoRate::NoTime)));
    }
}
