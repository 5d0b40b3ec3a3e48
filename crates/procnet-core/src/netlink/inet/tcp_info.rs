//! `struct tcp_info` (include/uapi/linux/tcp.h, net/ipv4/tcp.c `tcp_get_info`).

use crate::{Column, State, netlink::Payload};

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

    /// The raw bytes, for members without a method here.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// The state, including those that `/proc` does not distinguish.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        self.u8(0).map(State)
    }

    /// The number of unacknowledged retransmissions (`tcpi_retransmits`).
    #[must_use]
    pub fn retransmits(&self) -> Option<u8> {
        self.u8(2)
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
    /// Segments considered lost.
    lost: u32 at 32;
    /// Retransmitted segments in flight.
    retrans: u32 at 36;
    /// The path MTU, in bytes.
    pmtu: u32 at 60;
    /// The smoothed round-trip time, in microseconds; 0 until it is measured.
    rtt: u32 at 68;
    /// The mean deviation of the round-trip time, in microseconds.
    rttvar: u32 at 72;
    /// The congestion window, in segments.
    snd_cwnd: u32 at 80;
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
    /// Data bytes sent, including retransmissions; since Linux 4.19.
    bytes_sent: u64 at 200;
    /// Data bytes retransmitted; since Linux 4.19.
    bytes_retrans: u64 at 208;
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
            (info.snd_ssthresh(), info.pacing_rate(), info.min_rtt())
        };
        bytes[79] = 0x7F;
        assert_eq!(info(&bytes), (None, None, None));
        // One less of each is a number.
        (bytes[76], bytes[104], bytes[148]) = (0xFE, 0xFE, 0xFE);
        assert_eq!(info(&bytes), (Some(0x7FFF_FFFE), Some(u64::MAX - 1), Some(u32::MAX - 1)));
    }
}
