//! -i: what congestion control reports of itself, for programs.

use procnet::decode::netlink::inet::CongestionInfo;

use super::{ExtraColumn, text};

macro_rules! members {
    ($($key:literal $algorithm:ident $name:ident,)*) => {
        &[$(ExtraColumn::program($key, |attributes| match attributes.details.congestion_info? {
            CongestionInfo::$algorithm(info) => text(Some(info.$name)),
            _ => None,
        }),)*]
    };
}

pub(super) const COLUMNS: &[ExtraColumn] = members! {
    "details.congestion_info.vegas.enabled" Vegas enabled,
    "details.congestion_info.vegas.rttcnt" Vegas rttcnt,
    "details.congestion_info.vegas.rtt" Vegas rtt,
    "details.congestion_info.vegas.minrtt" Vegas minrtt,
    "details.congestion_info.dctcp.enabled" Dctcp enabled,
    "details.congestion_info.dctcp.ce_state" Dctcp ce_state,
    "details.congestion_info.dctcp.alpha" Dctcp alpha,
    "details.congestion_info.dctcp.ab_ecn" Dctcp ab_ecn,
    "details.congestion_info.dctcp.ab_tot" Dctcp ab_tot,
    "details.congestion_info.bbr.bw" Bbr bw,
    "details.congestion_info.bbr.min_rtt" Bbr min_rtt,
    "details.congestion_info.bbr.pacing_gain" Bbr pacing_gain,
    "details.congestion_info.bbr.cwnd_gain" Bbr cwnd_gain,
};
