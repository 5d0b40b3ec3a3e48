//! A socket as a source decoded it: the same fields for every source.
//!
//! The fields are plain data. Text and attributes stay in the bytes the socket was decoded from, a
//! line of a table or a netlink message, which are passed along with the fields; so copying both
//! keeps a socket, and nothing is decoded twice.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64},
    ops::Range,
};

use procnet_core::{
    ByteOrder, Inode, State,
    netlink::inet as inet_diag,
    table::{
        SocketType,
        inet::{self, Timer},
    },
};

use super::{OwnedNetlink, OwnedPacket, OwnedSctp, OwnedSmc, OwnedTipc, OwnedVsock, OwnedXdp};
use crate::{Kind, details::Details};

/// The fields of a socket. `None` if its source does not report the field, or sockets of its kind
/// do not have it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SocketFields {
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) suspect: bool,
    pub(crate) form: Form,
    /// The requested details that sockets of this kind can have.
    pub(crate) details: Details,
    pub(crate) inode: Option<Inode>,
    pub(crate) cookie: Option<NonZeroU64>,
    /// The kernel's address of the socket as a table prints it; `None` if it is hidden.
    pub(crate) pointer: Option<NonZeroU64>,
    pub(crate) ends: Option<Ends>,
    pub(crate) interface: Interface,
    pub(crate) uid: Option<u32>,
    pub(crate) rx_queue: Option<u32>,
    pub(crate) tx_queue: Option<u32>,
    pub(crate) backlog: Option<u32>,
    pub(crate) mark: Option<u32>,
    /// Whether its port was named in `bind` (`SOCK_BINDPORT_LOCK`). It is not reported, but sock_diag
    /// can be asked for the sockets of which it holds.
    pub(crate) port_locked: Option<bool>,
    pub(crate) control_group: Option<u64>,
    pub(crate) timer: Option<RunningTimer>,
    pub(crate) own: Own,
}

/// The format of the bytes beside the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A line of a table in `/proc/net`, of a host of this byte order.
    Line(ByteOrder),
    /// `struct inet_diag_msg` and its attributes.
    InetDiag,
    /// `struct unix_diag_msg` and its attributes.
    UnixDiag,
    /// `struct packet_diag_msg` and its attributes.
    PacketDiag,
    /// The message of another kind with a family of its own.
    Diag,
    /// A record of the BPF program.
    Bpf,
}

/// The two ends of a socket with addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ends {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

/// The interface that a socket is bound to (`SO_BINDTODEVICE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    /// Its source does not report it.
    Unknown,
    /// It is bound to none.
    Any,
    Index(NonZeroU32),
}

impl Interface {
    pub(crate) fn of(index: Option<NonZeroU32>) -> Interface {
        index.map_or(Interface::Any, Interface::Index)
    }
}

/// A running timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunningTimer {
    pub(crate) kind: Timer,
    pub(crate) retransmits: u32,
    pub(crate) expires_ms: u64,
}

/// The length of a tick of `USER_HZ`, in which tables print the time until a timer expires: 100
/// ticks a second on all current architectures (include/asm-generic/param.h).
const TICK_MS: u64 = 10;

impl RunningTimer {
    /// The timer in a row of a table; `None` if none is running.
    ///
    /// For keepalive and window probes `retrnsmt` is 0, and their number is in `timeout`
    /// (net/ipv4/tcp_ipv4.c `get_tcp4_sock`: `icsk_probes_out`).
    #[inline]
    pub(crate) fn of_row(record: &inet::Record) -> Option<RunningTimer> {
        let kind = record.timer;
        let retransmits = match kind {
            Timer::OFF => return None,
            Timer::KEEPALIVE | Timer::PROBE => record.timeout,
            _ => record.retransmits,
        };
        // Old kernels print an overdue timer as a negative number of 32 or 64 bits.
        let overdue = record.timer_ticks > u64::from(i32::MAX.unsigned_abs());
        let ticks = if overdue { 0 } else { record.timer_ticks };
        Some(RunningTimer { kind, retransmits, expires_ms: ticks * TICK_MS })
    }

    /// The timer in a message of sock_diag; `None` if none is running.
    #[inline]
    pub(crate) fn of_message(socket: &inet_diag::Socket<'_>) -> Option<RunningTimer> {
        let kind = socket.timer;
        // Old kernels report an overdue timer as a negative number.
        let expires_ms =
            i32::try_from(socket.expires).map_or(0, |left| u64::from(left.unsigned_abs()));
        let retransmits = u32::from(socket.retransmits);
        (kind != Timer::OFF).then_some(RunningTimer { kind, retransmits, expires_ms })
    }
}

/// The fields that only sockets of one kind have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Own {
    Nothing,
    Unix {
        kind: SocketType,
        /// The position of its name in the bytes.
        name: Option<Span>,
        peer: Option<Inode>,
    },
    Packet(OwnedPacket),
    Netlink(OwnedNetlink),
    Sctp(OwnedSctp),
    Smc(OwnedSmc),
    Vsock(OwnedVsock),
    Tipc(OwnedTipc),
    Xdp(OwnedXdp),
}

/// A range of the bytes; a socket has fewer than 4 GiB of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The position of `part` in `bytes`, of which it is a subslice.
    pub(crate) fn of(part: &[u8], bytes: &[u8]) -> Option<Span> {
        let start = (part.as_ptr() as usize).checked_sub(bytes.as_ptr() as usize)?;
        let end = start + part.len();
        (end <= bytes.len()).then_some(())?;
        Some(Span { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl SocketFields {
    /// Whether it is an association of SCTP, which has the cookie and the inode of its socket.
    #[inline]
    pub(crate) fn is_association(&self) -> bool {
        matches!(self.own, Own::Sctp(OwnedSctp { association: Some(_) }))
    }

    /// A socket of this kind and state, with nothing else known.
    #[inline(always)]
    pub(crate) fn new(kind: Kind, state: State, form: Form) -> SocketFields {
        SocketFields {
            kind,
            state,
            suspect: false,
            form,
            details: Details::NONE,
            inode: None,
            cookie: None,
            pointer: None,
            ends: None,
            interface: Interface::Unknown,
            uid: None,
            rx_queue: None,
            tx_queue: None,
            backlog: None,
            mark: None,
            port_locked: None,
            control_group: None,
            timer: None,
            own: Own::Nothing,
        }
    }
}
