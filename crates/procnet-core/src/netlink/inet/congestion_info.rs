//! What a congestion control algorithm reports of itself (include/uapi/linux/inet_diag.h `union
//! tcp_cc_info`).

use crate::{Column, Error, netlink::Payload};

/// What the congestion control of a TCP connection reports. Most algorithms report nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CongestionInfo {
    /// `INET_DIAG_VEGASINFO`: of vegas, yeah, nv, westwood and illinois.
    Vegas(Vegas),
    /// `INET_DIAG_DCTCPINFO`: of dctcp.
    Dctcp(Dctcp),
    /// `INET_DIAG_BBRINFO`: of bbr.
    Bbr(Bbr),
}

/// `struct tcpvegas_info` (net/ipv4/tcp_vegas.c `tcp_vegas_get_info`; the others name their members
/// after it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vegas {
    /// Whether the algorithm is at work; 0 if it left the connection to reno.
    pub enabled: u32,
    /// The number of round-trip times measured in this window.
    pub rttcnt: u32,
    /// The base round-trip time, in microseconds; 2^31-1 until it is measured.
    pub rtt: u32,
    /// The minimum round-trip time of this window, in microseconds; 2^31-1 until it is measured.
    pub minrtt: u32,
}

/// `struct tcp_dctcp_info` (net/ipv4/tcp_dctcp.c `dctcp_get_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dctcp {
    /// Whether the algorithm is at work; 0 if the connection fell back to reno, with zeros below.
    pub enabled: u16,
    /// Whether the last packet came marked as delayed by congestion (CE).
    pub ce_state: u16,
    /// The estimated share of marked packets, of 1024.
    pub alpha: u32,
    /// Bytes acknowledged with a mark, in this window.
    pub ab_ecn: u32,
    /// Bytes acknowledged, in this window.
    pub ab_tot: u32,
}

/// `struct tcp_bbr_info` (net/ipv4/tcp_bbr.c `bbr_get_info`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bbr {
    /// The estimated bandwidth, in bytes per second (`bbr_bw_lo` and `bbr_bw_hi`).
    pub bw: u64,
    /// The estimated minimum round-trip time, in microseconds; 2^32-1 until it is measured.
    pub min_rtt: u32,
    /// The factor of the pacing rate, times 256.
    pub pacing_gain: u32,
    /// The factor of the congestion window, times 256.
    pub cwnd_gain: u32,
}

impl Vegas {
    pub(super) fn decode(value: Payload<'_>) -> Result<Vegas, Error> {
        let word = |index: usize| value.u32(4 * index, Column::new(&"vegasinfo"));
        Ok(Vegas { enabled: word(0)?, rttcnt: word(1)?, rtt: word(2)?, minrtt: word(3)? })
    }
}

impl Dctcp {
    pub(super) fn decode(value: Payload<'_>) -> Result<Dctcp, Error> {
        const INFO: Column = Column::new(&"dctcpinfo");
        Ok(Dctcp {
            enabled: value.u16(0, INFO)?,
            ce_state: value.u16(2, INFO)?,
            alpha: value.u32(4, INFO)?,
            ab_ecn: value.u32(8, INFO)?,
            ab_tot: value.u32(12, INFO)?,
        })
    }
}

impl Bbr {
    pub(super) fn decode(value: Payload<'_>) -> Result<Bbr, Error> {
        let word = |index: usize| value.u32(4 * index, Column::new(&"bbrinfo"));
        Ok(Bbr {
            bw: u64::from(word(0)?) | u64::from(word(1)?) << 32,
            min_rtt: word(2)?,
            pacing_gain: word(3)?,
            cwnd_gain: word(4)?,
        })
    }
}
