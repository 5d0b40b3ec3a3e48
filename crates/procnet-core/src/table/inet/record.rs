//! A row with all its columns decoded.

use core::{fmt, net::SocketAddr};

use crate::{Column, Error, Inode, State, field::Fields};

/// All columns of a row except the pointer: the owned counterpart of [`Row`](super::Row), whose
/// methods document each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field has the documentation of the `Row` method with its name"
)]
pub struct Record {
    pub slot: u64,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub state: State,
    pub tx_queue: u32,
    pub rx_queue: u32,
    pub timer: Timer,
    pub timer_ticks: u64,
    pub retransmits: u32,
    pub uid: u32,
    pub timeout: u32,
    pub inode: Option<Inode>,
    pub refs: u32,
    pub drops: Option<u32>,
    pub tcp: Option<TcpTail>,
}

/// The pending timer of a tcp socket, by the kernel's number (net/ipv4/tcp_ipv4.c
/// `get_tcp4_sock`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timer(
    /// The kernel's number.
    pub u8,
);

impl Timer {
    /// No timer.
    pub const OFF: Timer = Timer(0);
    /// Retransmission, loss probe or reordering timeout; expiry of a request sock.
    pub const RETRANSMIT: Timer = Timer(1);
    /// Keepalive.
    pub const KEEPALIVE: Timer = Timer(2);
    /// Expiry of `TIME_WAIT`.
    pub const TIME_WAIT: Timer = Timer(3);
    /// Zero window probe.
    pub const PROBE: Timer = Timer(4);
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Timer::OFF => "off",
            Timer::RETRANSMIT => "retransmit",
            Timer::KEEPALIVE => "keepalive",
            Timer::TIME_WAIT => "time-wait",
            Timer::PROBE => "probe",
            Timer(other) => return write!(f, "{other}"),
        })
    }
}

/// The last five columns of a tcp row (net/ipv4/tcp_ipv4.c `get_tcp4_sock`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpTail {
    /// Retransmission timeout in ticks of 1/`USER_HZ` seconds; raw jiffies in 2.6.24.
    pub rto: u64,
    /// Delayed acknowledgement timeout, in the same unit as [`rto`](TcpTail::rto).
    pub ato: u64,
    /// `quick << 1 | pingpong`: the number of quick acknowledgements left, and whether the
    /// connection is interactive.
    pub quick_pingpong: u32,
    /// Congestion window, in segments.
    pub cwnd: u32,
    /// Slow start threshold, in segments; -1 in initial slow start. For a listener, the
    /// maximum queue length of TCP Fast Open, 0 without it.
    pub ssthresh: i32,
}

const RTO: Column = Column::new(&"rto");
const ATO: Column = Column::new(&"ato");
const QUICK_PINGPONG: Column = Column::new(&"quick|pingpong");
const CWND: Column = Column::new(&"cwnd");
const SSTHRESH: Column = Column::new(&"ssthresh");

impl TcpTail {
    /// Decodes the columns after `pointer`; `None` if the line ends there.
    #[inline]
    pub(super) fn decode(mut tail: Fields<'_>) -> Result<Option<TcpTail>, Error> {
        let Some(rto) = tail.next_if_any(RTO) else { return Ok(None) };
        Ok(Some(TcpTail {
            rto: rto.decimal64()?,
            ato: tail.next(ATO)?.decimal64()?,
            quick_pingpong: tail.next(QUICK_PINGPONG)?.decimal32()?,
            cwnd: tail.next(CWND)?.decimal32()?,
            ssthresh: tail.next(SSTHRESH)?.signed32()?,
        }))
    }
}
