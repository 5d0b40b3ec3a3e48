//! -i: a TCP connection in numbers.

use super::{Extra, aside, fault, number, text};
use crate::{output::Shape, row::escaped};

macro_rules! member {
    ($key:literal, $name:ident) => {
        Extra::program($key, |facts| text(facts.details.tcp_info?.$name))
    };
    ($key:literal, $name:ident, $column:expr) => {
        Extra::both($key, $column, |facts| text(facts.details.tcp_info?.$name))
    };
}

pub(super) const EXTRAS: &[Extra] = &[
    Extra::both("details.congestion", aside("Cong", Shape::Word), |facts| {
        facts.details.congestion.as_ref().map(escaped)
    }),
    // People read milliseconds, as those of ping.
    Extra::people(number("Rtt ms"), |facts| milliseconds(facts.details.tcp_info?.rtt)),
    Extra::people(aside("Min ms", Shape::Number), |facts| {
        milliseconds(facts.details.tcp_info?.min_rtt)
    }),
    member!("details.tcp_info.rtt", rtt),
    member!("details.tcp_info.rttvar", rttvar),
    member!("details.tcp_info.min_rtt", min_rtt),
    member!("details.tcp_info.rto", rto),
    member!("details.tcp_info.ato", ato),
    member!("details.tcp_info.snd_cwnd", snd_cwnd, number("Cwnd")),
    member!("details.tcp_info.snd_ssthresh", snd_ssthresh),
    member!("details.tcp_info.snd_mss", snd_mss, aside("Mss", Shape::Number)),
    member!("details.tcp_info.rcv_mss", rcv_mss),
    member!("details.tcp_info.pmtu", pmtu),
    member!("details.tcp_info.unacked", unacked, fault("Unacked")),
    member!("details.tcp_info.lost", lost, fault("Lost")),
    member!("details.tcp_info.retrans", retrans),
    member!("details.tcp_info.retransmits", retransmits),
    member!("details.tcp_info.total_retrans", total_retrans, fault("Retrans")),
    member!("details.tcp_info.bytes_sent", bytes_sent, aside("Sent", Shape::Number)),
    member!("details.tcp_info.bytes_retrans", bytes_retrans),
    member!("details.tcp_info.bytes_acked", bytes_acked, aside("Acked", Shape::Number)),
    member!("details.tcp_info.bytes_received", bytes_received, aside("Received", Shape::Number)),
    member!("details.tcp_info.notsent_bytes", notsent_bytes, fault("Unsent")),
    member!("details.tcp_info.segs_out", segs_out),
    member!("details.tcp_info.segs_in", segs_in),
    member!("details.tcp_info.data_segs_out", data_segs_out),
    member!("details.tcp_info.data_segs_in", data_segs_in),
    member!("details.tcp_info.pacing_rate", pacing_rate),
    member!("details.tcp_info.delivery_rate", delivery_rate, aside("Rate B/s", Shape::Number)),
];

/// Microseconds as milliseconds.
fn milliseconds(microseconds: Option<u32>) -> Option<String> {
    let microseconds = microseconds?;
    Some(format!("{}.{:03}", microseconds / 1000, microseconds % 1000))
}
