//! `struct tcp_info` (include/uapi/linux/tcp.h, net/ipv4/tcp.c `tcp_get_info`).

use crate::{ByteOrder, Column, State, netlink::Payload};

const INFO: Column = Column::new(&"tcp_info");

/// `struct tcp_info` of a connection, as raw bytes.
///
/// The structure has grown over time, and each kernel sends what it knows: members beyond the end
/// are `None`. The offsets of members never changed.
///
/// Some members have a value that is not a number: "not limited" or "not measured". They are `None`
/// then, too, as their methods say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpInfo<'a>(Payload<'a>);

impl<'a> TcpInfo<'a> {
    pub(super) fn new(value: Payload<'a>) -> TcpInfo<'a> {
        TcpInfo(value)
    }

    /// Of [`options`](TcpInfo::options): both ends send timestamps (`TCPI_OPT_TIMESTAMPS`).
    pub const OPT_TIMESTAMPS: u8 = 1;
    /// Both ends acknowledge selectively (`TCPI_OPT_SACK`).
    pub const OPT_SACK: u8 = 2;
    /// Both ends scale windows (`TCPI_OPT_WSCALE`).
    pub const OPT_WSCALE: u8 = 4;
    /// ECN was negotiated (`TCPI_OPT_ECN`).
    pub const OPT_ECN: u8 = 8;
    /// A packet came that was marked as capable of ECN (`TCPI_OPT_ECN_SEEN`).
    pub const OPT_ECN_SEEN: u8 = 16;
    /// Data in the SYN was acknowledged, or received (`TCPI_OPT_SYN_DATA`): TCP Fast Open.
    pub const OPT_SYN_DATA: u8 = 32;
    /// Timestamps are in microseconds (`TCPI_OPT_USEC_TS`).
    pub const OPT_USEC_TS: u8 = 64;
    /// A listener accepted it with data in its SYN (`TCPI_OPT_TFO_CHILD`).
    pub const OPT_TFO_CHILD: u8 = 128;

    /// The raw bytes, for members of kernels newer than this decoder.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The state, including those that `/proc` does not distinguish.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        self.u8(0).map(State)
    }

    /// By how many bits the peer shifts the windows it advertises (`tcpi_snd_wscale`); it means
    /// something with [`OPT_WSCALE`](TcpInfo::OPT_WSCALE).
    #[must_use]
    pub fn snd_wscale(&self) -> Option<u8> {
        self.0.bits(6, 0, 4, INFO).ok()
    }

    /// By how many bits this host shifts the windows it advertises (`tcpi_rcv_wscale`).
    #[must_use]
    pub fn rcv_wscale(&self) -> Option<u8> {
        self.0.bits(6, 4, 4, INFO).ok()
    }

    /// Whether the application had too little to send when the
    /// [delivery rate](TcpInfo::delivery_rate) was measured; since Linux 4.9.
    #[must_use]
    pub fn delivery_rate_app_limited(&self) -> Option<bool> {
        self.0.bits(7, 0, 1, INFO).ok().map(|bit| bit != 0)
    }

    /// Why TCP Fast Open did not work for a client (include/uapi/linux/tcp.h `enum
    /// tcp_fastopen_client_fail`): 0 for no reason, 1 without a cookie, 2 if the data was not
    /// acknowledged, 3 if the SYN had to be sent again without data; since Linux 5.5.
    #[must_use]
    pub fn fastopen_client_fail(&self) -> Option<u8> {
        self.0.bits(7, 1, 2, INFO).ok()
    }

    /// Which ECN is in use (include/uapi/linux/tcp.h `TCPI_ECN_MODE_*`): 0 none, 1 that of RFC 3168,
    /// 2 AccECN, 3 still in negotiation; since Linux 7.0.
    #[must_use]
    pub fn ecn_mode(&self) -> Option<u8> {
        self.0.bits(276, 0, 2, INFO).ok()
    }

    /// Whether an AccECN option was received (`TCP_ACCECN_OPT_*`): 0 no, 1 yes, 2 yes and the
    /// counters in it are usable, 3 it failed; since Linux 7.0.
    #[must_use]
    pub fn accecn_opt_seen(&self) -> Option<u8> {
        self.0.bits(276, 2, 2, INFO).ok()
    }

    /// How the negotiation of AccECN failed, as bits (`TCP_ACCECN_*_FAIL_*`); since Linux 7.0.
    #[must_use]
    pub fn accecn_fail_mode(&self) -> Option<u8> {
        self.0.bits(276, 4, 4, INFO).ok()
    }

    /// Further options, 24 bits that no kernel has used so far; since Linux 7.0.
    #[must_use]
    pub fn options2(&self) -> Option<u32> {
        let [first, second, third] = *self.0.array(277, INFO).ok()?;
        Some(match self.0.order() {
            ByteOrder::Little => u32::from_le_bytes([first, second, third, 0]),
            ByteOrder::Big => u32::from_be_bytes([0, first, second, third]),
        })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        self.0.u16(at, INFO).ok()
    }

    fn u8(&self, at: usize) -> Option<u8> {
        self.0.u8(at, INFO).ok()
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.0.u32(at, INFO).ok()
    }

    fn u64(&self, at: usize) -> Option<u64> {
        self.0.u64(at, INFO).ok()
    }

    /// The slow start threshold, in segments. `None` until it is set, which the kernel reports as
    /// 2^31-1 (include/net/tcp.h `TCP_INFINITE_SSTHRESH`): there is no limit to slow start.
    #[must_use]
    pub fn snd_ssthresh(&self) -> Option<u32> {
        self.u32(76).filter(|threshold| *threshold != INFINITE_SSTHRESH)
    }

    /// The pacing rate, in bytes per second; since Linux 3.15. `None` if it is not limited, which
    /// the kernel reports as 2^64-1 (net/ipv4/tcp.c `tcp_get_info`).
    #[must_use]
    pub fn pacing_rate(&self) -> Option<u64> {
        self.u64(104).filter(|rate| *rate != u64::MAX)
    }

    /// The limit of the pacing rate (`SO_MAX_PACING_RATE`), in bytes per second; since Linux 3.15.
    /// `None` if there is no limit, which the kernel reports as 2^64-1 (net/ipv4/tcp.c
    /// `tcp_get_info`).
    #[must_use]
    pub fn max_pacing_rate(&self) -> Option<u64> {
        self.u64(112).filter(|rate| *rate != u64::MAX)
    }

    /// The minimum round-trip time over a recent window, in microseconds; since Linux 4.6. `None`
    /// until it is measured, which the kernel reports as 2^32-1 (net/ipv4/tcp.c
    /// `tcp_init_sock`).
    #[must_use]
    pub fn min_rtt(&self) -> Option<u32> {
        self.u32(148).filter(|time| *time != u32::MAX)
    }
}

/// `TCP_INFINITE_SSTHRESH`.
const INFINITE_SSTHRESH: u32 = 0x7FFF_FFFF;

/// Methods for members, each with its offset in the structure.
macro_rules! members {
    ($($(#[$doc:meta])* $name:ident: $type:ident at $at:literal;)*) => {
        impl TcpInfo<'_> {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> Option<$type> {
                    self.$type($at)
                }
            )*
        }
    };
}

members! {
    /// The state of congestion control: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
    /// (include/uapi/linux/tcp.h `enum tcp_ca_state`).
    ca_state: u8 at 1;
    /// The number of unacknowledged retransmissions (`tcpi_retransmits`).
    retransmits: u8 at 2;
    /// Unanswered window and keepalive probes.
    probes: u8 at 3;
    /// How often the retransmission timeout was doubled.
    backoff: u8 at 4;
    /// The options in use: bits, from [`OPT_TIMESTAMPS`](TcpInfo::OPT_TIMESTAMPS) on.
    options: u8 at 5;
    /// The retransmission timeout, in microseconds.
    rto: u32 at 8;
    /// The delayed acknowledgement timeout, in microseconds.
    ato: u32 at 12;
    /// The maximum segment size for sending, in bytes.
    snd_mss: u32 at 16;
    /// The estimated maximum segment size of the peer, in bytes.
    rcv_mss: u32 at 20;
    /// Segments sent and not acknowledged; for a listener, connections waiting to be accepted.
    unacked: u32 at 24;
    /// Segments acknowledged selectively; for a listener, how many connections may wait.
    sacked: u32 at 28;
    /// Segments considered lost.
    lost: u32 at 32;
    /// Retransmitted segments in flight.
    retrans: u32 at 36;
    /// Segments acknowledged by forward acknowledgement; always 0 since Linux 4.15.
    fackets: u32 at 40;
    /// The time since data was last sent, in milliseconds.
    last_data_sent: u32 at 44;
    /// Always 0: the kernel does not remember it.
    last_ack_sent: u32 at 48;
    /// The time since data was last received, in milliseconds.
    last_data_recv: u32 at 52;
    /// The time since an acknowledgement was last received, in milliseconds.
    last_ack_recv: u32 at 56;
    /// The path MTU, in bytes.
    pmtu: u32 at 60;
    /// The limit of the window that is advertised, in bytes.
    rcv_ssthresh: u32 at 64;
    /// The smoothed round-trip time, in microseconds; 0 until it is measured.
    rtt: u32 at 68;
    /// The mean deviation of the round-trip time, in microseconds.
    rttvar: u32 at 72;
    /// The congestion window, in segments.
    snd_cwnd: u32 at 80;
    /// The maximum segment size that was advertised to the peer, in bytes.
    advmss: u32 at 84;
    /// By how many segments packets may be reordered before they count as lost.
    reordering: u32 at 88;
    /// The round-trip time as the receiver estimates it, in microseconds; 0 until it is.
    rcv_rtt: u32 at 92;
    /// Bytes that the application read in a round-trip time, by which the receive buffer is sized.
    rcv_space: u32 at 96;
    /// The total number of retransmitted segments.
    total_retrans: u32 at 100;
    /// Bytes acknowledged by the peer; since Linux 4.1.
    bytes_acked: u64 at 120;
    /// Bytes received in order; since Linux 4.1.
    bytes_received: u64 at 128;
    /// Segments sent; since Linux 4.2.
    segs_out: u32 at 136;
    /// Segments received; since Linux 4.2.
    segs_in: u32 at 140;
    /// Bytes written and not sent yet; since Linux 4.6.
    notsent_bytes: u32 at 144;
    /// Data segments received; since Linux 4.6.
    data_segs_in: u32 at 152;
    /// Data segments sent; since Linux 4.6.
    data_segs_out: u32 at 156;
    /// The most recent delivery rate, in bytes per second, 0 until it is measured; since Linux 4.9.
    delivery_rate: u64 at 160;
    /// The time with data to send or in flight, in microseconds; since Linux 4.10.
    busy_time: u64 at 168;
    /// Of it, the time for which the peer's window was the limit, in microseconds; since Linux 4.10.
    rwnd_limited: u64 at 176;
    /// Of it, the time for which the send buffer was the limit, in microseconds; since Linux 4.10.
    sndbuf_limited: u64 at 184;
    /// Segments that the peer received, retransmissions among them; since Linux 4.18.
    delivered: u32 at 192;
    /// Of them, those for which the peer reported congestion (ECE); since Linux 4.18.
    delivered_ce: u32 at 196;
    /// Data bytes sent, including retransmissions; since Linux 4.19.
    bytes_sent: u64 at 200;
    /// Data bytes retransmitted; since Linux 4.19.
    bytes_retrans: u64 at 208;
    /// Segments that the peer received twice, as it reported by DSACK; since Linux 4.19.
    dsack_dups: u32 at 216;
    /// How often reordering was seen; since Linux 4.19.
    reord_seen: u32 at 220;
    /// Segments received out of order; since Linux 5.4.
    rcv_ooopack: u32 at 224;
    /// The window that the peer advertises, in bytes; since Linux 5.4.
    snd_wnd: u32 at 228;
    /// The window that this host advertises, in bytes; since Linux 6.2.
    rcv_wnd: u32 at 232;
    /// How often another path was tried, after a timeout or by PLB; since Linux 6.2.
    rehash: u32 at 236;
    /// Retransmission timeouts, those of the handshake among them; since Linux 6.7.
    total_rto: u16 at 240;
    /// Recoveries from retransmission timeouts; since Linux 6.7.
    total_rto_recoveries: u16 at 242;
    /// The time in such recoveries, in milliseconds; since Linux 6.7.
    total_rto_time: u32 at 244;
    /// Segments received that were marked CE; since Linux 6.18, like all counters of AccECN.
    received_ce: u32 at 248;
    /// Bytes that the peer received marked ECT(1).
    delivered_e1_bytes: u32 at 252;
    /// Bytes that the peer received marked ECT(0).
    delivered_e0_bytes: u32 at 256;
    /// Bytes that the peer received marked CE.
    delivered_ce_bytes: u32 at 260;
    /// Bytes received marked ECT(1).
    received_e1_bytes: u32 at 264;
    /// Bytes received marked ECT(0).
    received_e0_bytes: u32 at 268;
    /// Bytes received marked CE.
    received_ce_bytes: u32 at 272;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    #[test]
    fn members_that_an_older_kernel_does_not_send_are_none() {
        let bytes: [u8; 232] = core::array::from_fn(|at| at as u8);
        let info = |length| TcpInfo(Payload::new(&bytes[..length], ByteOrder::Big, 0));
        // Linux 2.6 to 3.14 end with tcpi_total_retrans.
        assert_eq!(info(104).total_retrans(), Some(0x6465_6667));
        assert_eq!((info(104).pacing_rate(), info(103).total_retrans()), (None, None));
        assert_eq!(info(168).delivery_rate(), Some(0xA0A1_A2A3_A4A5_A6A7));
        assert_eq!(info(167).delivery_rate(), None);
        assert_eq!((info(0).state(), info(1).state()), (None, Some(State(0))));
        assert_eq!(info(232).bytes_retrans(), Some(0xD0D1_D2D3_D4D5_D6D7));
    }

    #[test]
    fn values_that_are_no_number_are_none() {
        let mut bytes = [0xFF; 232];
        let info = |bytes: &[u8]| {
            let info = TcpInfo(Payload::new(bytes, ByteOrder::Little, 0));
            (info.snd_ssthresh(), info.pacing_rate(), info.max_pacing_rate(), info.min_rtt())
        };
        bytes[79] = 0x7F;
        assert_eq!(info(&bytes), (None, None, None, None));
        // One less of each is a number.
        for at in [76, 104, 112, 148] {
            bytes[at] = 0xFE;
        }
        let rate = Some(u64::MAX - 1);
        assert_eq!(info(&bytes), (Some(0x7FFF_FFFE), rate, rate, Some(u32::MAX - 1)));
    }

    #[test]
    fn bit_fields_are_placed_as_compilers_of_the_host_place_them() {
        let mut bytes = [0; 280];
        let members = |bytes: &[u8], order| {
            let info = TcpInfo(Payload::new(bytes, order, 0));
            let scales = (info.snd_wscale(), info.rcv_wscale());
            let flags = (info.delivery_rate_app_limited(), info.fastopen_client_fail());
            let ecn = (info.ecn_mode(), info.accecn_opt_seen(), info.accecn_fail_mode());
            (scales, flags, ecn, info.options2())
        };
        let expected = |options2| {
            let scales = (Some(7), Some(9));
            (scales, (Some(true), Some(2)), (Some(2), Some(1), Some(12)), Some(options2))
        };
        // snd_wscale 7, rcv_wscale 9; app_limited 1, client_fail 2; mode 2, seen 1, fail 12.
        (bytes[6], bytes[7]) = (0x97, 0b101);
        bytes[276..].copy_from_slice(&[0b1100_0110, 3, 2, 1]);
        assert_eq!(members(&bytes, ByteOrder::Little), expected(0x01_0203));
        (bytes[6], bytes[7]) = (0x79, 0b1100_0000);
        bytes[276..].copy_from_slice(&[0b1001_1100, 3, 2, 1]);
        assert_eq!(members(&bytes, ByteOrder::Big), expected(0x03_0201));
        assert_eq!(members(&bytes[..276], ByteOrder::Big).2, (None, None, None));
        assert_eq!(members(&bytes[..279], ByteOrder::Big).3, None);
    }

    #[test]
    fn a_structure_of_a_newer_kernel_has_all_members_of_this_one() {
        let bytes: [u8; 400] = core::array::from_fn(|at| at as u8);
        let info = |length| TcpInfo(Payload::new(&bytes[..length], ByteOrder::Big, 0));
        assert_eq!(info(400).received_ce_bytes(), Some(0x1011_1213));
        assert_eq!((info(244).total_rto(), info(244).total_rto_time()), (Some(0xF0F1), None));
        assert_eq!((info(247).rehash(), info(239).rehash()), (Some(0xECED_EEEF), None));
    }
}
