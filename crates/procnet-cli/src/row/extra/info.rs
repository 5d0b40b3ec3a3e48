//! -i: TCP internals.

use super::{ExtraColumn, expendable, number, text, usually_zero};
use crate::{output::Shape, row::escaped};

macro_rules! member {
    ($key:literal, $name:ident) => {
        ExtraColumn::program($key, |attributes| text(attributes.details.tcp_info?.$name))
    };
    ($key:literal, $name:ident, $column:expr) => {
        ExtraColumn::both($key, $column, |attributes| text(attributes.details.tcp_info?.$name))
    };
}

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::both("details.congestion", expendable("Cong", Shape::Word), |attributes| {
        attributes.details.congestion.as_ref().map(escaped)
    }),
    // Milliseconds for people, as ping prints them.
    ExtraColumn::people(number("Rtt ms"), |attributes| {
        milliseconds(attributes.details.tcp_info?.rtt)
    }),
    ExtraColumn::people(expendable("Min ms", Shape::Number), |attributes| {
        milliseconds(attributes.details.tcp_info?.min_rtt)
    }),
    member!("details.tcp_info.rtt", rtt),
    member!("details.tcp_info.rttvar", rttvar),
    member!("details.tcp_info.min_rtt", min_rtt),
    member!("details.tcp_info.rto", rto),
    member!("details.tcp_info.ato", ato),
    member!("details.tcp_info.snd_cwnd", snd_cwnd, number("Cwnd")),
    member!("details.tcp_info.snd_ssthresh", snd_ssthresh),
    member!("details.tcp_info.snd_mss", snd_mss, expendable("Mss", Shape::Number)),
    member!("details.tcp_info.rcv_mss", rcv_mss),
    member!("details.tcp_info.pmtu", pmtu),
    member!("details.tcp_info.unacked", unacked, usually_zero("Unacked")),
    member!("details.tcp_info.lost", lost, usually_zero("Lost")),
    member!("details.tcp_info.retrans", retrans),
    member!("details.tcp_info.retransmits", retransmits),
    member!("details.tcp_info.total_retrans", total_retrans, usually_zero("Retrans")),
    member!("details.tcp_info.bytes_sent", bytes_sent, expendable("Sent", Shape::Number)),
    member!("details.tcp_info.bytes_retrans", bytes_retrans),
    member!("details.tcp_info.bytes_acked", bytes_acked, expendable("Acked", Shape::Number)),
    member!(
        "details.tcp_info.bytes_received",
        bytes_received,
        expendable("Received", Shape::Number)
    ),
    member!("details.tcp_info.notsent_bytes", notsent_bytes, usually_zero("Unsent")),
    member!("details.tcp_info.segs_out", segs_out),
    member!("details.tcp_info.segs_in", segs_in),
    member!("details.tcp_info.data_segs_out", data_segs_out),
    member!("details.tcp_info.data_segs_in", data_segs_in),
    member!("details.tcp_info.pacing_rate", pacing_rate),
    member!("details.tcp_info.delivery_rate", delivery_rate, expendable("Rate B/s", Shape::Number)),
];

/// Microseconds as milliseconds.
fn milliseconds(microseconds: Option<u32>) -> Option<String> {
    let microseconds = microseconds?;
    Some(format!("{}.{:03}", microseconds / 1000, microseconds % 1000))
}
