//! `/proc/net/{tcp,udp,udplite,raw,icmp}` and their IPv6 counterparts: one decoder.
//!
//! The kernel prints all ten tables in the same format (net/ipv4/tcp_ipv4.c `tcp4_seq_show`,
//! net/ipv6/tcp_ipv6.c `tcp6_seq_show`, net/ipv4/udp.c `udp4_format_sock`, net/ipv4/raw.c
//! `raw_sock_seq_show`, net/ipv4/ping.c `ping_v4_format_sock`, net/ipv6/datagram.c
//! `__ip6_dgram_sock_seq_show`):
//!
//! ```text
//!   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//!    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 42 1 …
//! ```
//!
//! Processes cannot inject text into these rows, but a capture may contain anything: whatever
//! the input, a row decodes or is an [`Error`](crate::Error).
//!
//! Creating a [`Row`] only locates its columns; each is decoded in place on demand. The columns
//! up to `retrnsmt` have a fixed width: if all separators are at the predicted offsets, each
//! column is the text between them, and an invalid byte affects only its own column. A line
//! with another layout (a `tm->when` of 16 digits from a kernel before 4.4, a hand-edited
//! capture) is split at blanks.

mod brief;
mod predicted;
mod record;
mod row;

pub use brief::Brief;
pub use record::{Record, TcpTail, Timer};
pub use row::Row;

use super::impl_table;
use crate::{ByteOrder, Column};

pub(crate) const SL: Column = Column::new(&"sl");
pub(crate) const LOCAL: Column = Column::new(&"local_address");
pub(crate) const REMOTE: Column = Column::new(&"rem_address");
pub(crate) const STATE: Column = Column::new(&"st");
pub(crate) const TX_QUEUE: Column = Column::new(&"tx_queue");
pub(crate) const RX_QUEUE: Column = Column::new(&"rx_queue");
pub(crate) const TIMER: Column = Column::new(&"tr");
pub(crate) const WHEN: Column = Column::new(&"tm->when");
pub(crate) const RETRANSMITS: Column = Column::new(&"retrnsmt");
pub(crate) const UID: Column = Column::new(&"uid");
pub(crate) const TIMEOUT: Column = Column::new(&"timeout");
pub(crate) const INODE: Column = Column::new(&"inode");
pub(crate) const REFS: Column = Column::new(&"ref");
pub(crate) const POINTER: Column = Column::new(&"pointer");
pub(crate) const DROPS: Column = Column::new(&"drops");

/// The address family of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4: 8 hexadecimal digits per address.
    V4,
    /// IPv6: 32 hexadecimal digits per address.
    V6,
}

/// The meaning of the columns after `pointer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tail {
    /// tcp: rto, ato, quick and pingpong, cwnd, ssthresh; absent for `TIME_WAIT` and request socks.
    Tcp,
    /// udp, udplite, raw, icmp: drops; absent in kernel 2.6.24.
    Datagram,
}

/// One of the ten tables, from a host with the given byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// The address family.
    pub family: Family,
    /// The meaning of the last columns.
    pub tail: Tail,
    /// The byte order of the host that printed the table.
    pub order: ByteOrder,
}

impl Table {
    /// `/proc/net/tcp`.
    #[must_use]
    pub const fn tcp4(order: ByteOrder) -> Table {
        Table { family: Family::V4, tail: Tail::Tcp, order }
    }

    /// `/proc/net/tcp6`.
    #[must_use]
    pub const fn tcp6(order: ByteOrder) -> Table {
        Table { family: Family::V6, tail: Tail::Tcp, order }
    }

    /// `/proc/net/udp`, and likewise `udplite`, `raw` and `icmp`.
    #[must_use]
    pub const fn datagram4(order: ByteOrder) -> Table {
        Table { family: Family::V4, tail: Tail::Datagram, order }
    }

    /// `/proc/net/udp6`, and likewise `udplite6`, `raw6` and `icmp6`.
    #[must_use]
    pub const fn datagram6(order: ByteOrder) -> Table {
        Table { family: Family::V6, tail: Tail::Datagram, order }
    }
}

impl_table! {
    Table: |table, line| Row::decode(line, *table),
    heading: |line, number| number == 1 && is_heading(line),
}

fn is_heading(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"sl ")
}
