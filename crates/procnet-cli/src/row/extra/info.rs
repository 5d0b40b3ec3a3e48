//! -i: TCP internals.

use procnet::details::Details;

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

pub(super) fn details() -> Details {
    let congestion = Details::CONGESTION | Details::CONGESTION_INFO;
    Details::TCP_INFO | congestion | Details::UPPER_LAYER
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
    member!("details.tcp_info.ca_state", ca_state),
    member!("details.tcp_info.probes", probes),
    member!("details.tcp_info.backoff", backoff),
    member!("details.tcp_info.options", options),
    member!("details.tcp_info.snd_wscale", snd_wscale),
    member!("details.tcp_info.rcv_wscale", rcv_wscale),
    member!("details.tcp_info.delivery_rate_app_limited", delivery_rate_app_limited),
    member!("details.tcp_info.fastopen_client_fail", fastopen_client_fail),
    member!("details.tcp_info.sacked", sacked),
    member!("details.tcp_info.fackets", fackets),
    member!("details.tcp_info.last_data_sent", last_data_sent),
    member!("details.tcp_info.last_ack_sent", last_ack_sent),
    member!("details.tcp_info.last_data_recv", last_data_recv),
    member!("details.tcp_info.last_ack_recv", last_ack_recv),
    member!("details.tcp_info.rcv_ssthresh", rcv_ssthresh),
    member!("details.tcp_info.advmss", advmss),
    member!("details.tcp_info.reordering", reordering),
    member!("details.tcp_info.rcv_rtt", rcv_rtt),
    member!("details.tcp_info.rcv_space", rcv_space),
    member!("details.tcp_info.max_pacing_rate", max_pacing_rate),
    member!("details.tcp_info.busy_time", busy_time),
    member!("details.tcp_info.rwnd_limited", rwnd_limited),
    member!("details.tcp_info.sndbuf_limited", sndbuf_limited),
    member!("details.tcp_info.delivered", delivered),
    member!("details.tcp_info.delivered_ce", delivered_ce),
    member!("details.tcp_info.dsack_dups", dsack_dups),
    member!("details.tcp_info.reord_seen", reord_seen),
    member!("details.tcp_info.rcv_ooopack", rcv_ooopack),
    member!("details.tcp_info.snd_wnd", snd_wnd),
    member!("details.tcp_info.rcv_wnd", rcv_wnd),
    member!("details.tcp_info.rehash", rehash),
    member!("details.tcp_info.total_rto", total_rto),
    member!("details.tcp_info.total_rto_recoveries", total_rto_recoveries),
    member!("details.tcp_info.total_rto_time", total_rto_time),
    member!("details.tcp_info.received_ce", received_ce),
    member!("details.tcp_info.delivered_e1_bytes", delivered_e1_bytes),
    member!("details.tcp_info.delivered_e0_bytes", delivered_e0_bytes),
    member!("details.tcp_info.delivered_ce_bytes", delivered_ce_bytes),
    member!("details.tcp_info.received_e1_bytes", received_e1_bytes),
    member!("details.tcp_info.received_e0_bytes", received_e0_bytes),
    member!("details.tcp_info.received_ce_bytes", received_ce_bytes),
    member!("details.tcp_info.ecn_mode", ecn_mode),
    member!("details.tcp_info.accecn_opt_seen", accecn_opt_seen),
    member!("details.tcp_info.accecn_fail_mode", accecn_fail_mode),
    member!("details.tcp_info.options2", options2),
];

/// Microseconds as milliseconds.
fn milliseconds(microseconds: Option<u32>) -> Option<String> {
    let microseconds = microseconds?;
    Some(format!("{}.{:03}", microseconds / 1000, microseconds % 1000))
}
