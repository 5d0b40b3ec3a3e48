//! `/proc/net/{tcp,udp,udplite,raw,icmp}` and their IPv6 twins: one decoder.
//!
//! The kernel prints all ten tables alike (net/ipv4/tcp_ipv4.c `tcp4_seq_show`,
//! net/ipv6/tcp_ipv6.c `tcp6_seq_show`, net/ipv4/udp.c `udp4_format_sock`, net/ipv4/raw.c
//! `raw_sock_seq_show`, net/ipv4/ping.c `ping_v4_format_sock`, net/ipv6/datagram.c
//! `__ip6_dgram_sock_seq_show`):
//!
//! ```text
//!   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//!    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 42 1 …
//! ```
//!
//! No process can write into these rows, but a capture may hold anything: whatever the
//! bytes, a row decodes or is an [`Error`](crate::Error).
//!
//! A [`Row`] has only looked where its columns stand; each is decoded when it is asked
//! for, in place. The columns up to `retrnsmt` have a fixed width: where their separators
//! stand as predicted, each column is what stands between them, and a wrong byte costs its
//! own column only. A line whose separators stand otherwise (a `tm->when` of 16 digits from
//! a kernel before 4.4, a hand-edited capture) is taken apart blank by blank.

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

/// The width of a table's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// 8 digits an address.
    V4,
    /// 32 digits an address.
    V6,
}

/// What the columns after `pointer` mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tail {
    /// tcp: rto, ato, quick and pingpong, cwnd, ssthresh; none for `TIME_WAIT` and request socks.
    Tcp,
    /// udp, udplite, raw, icmp: drops; none in kernel 2.6.24.
    Datagram,
}

/// One of the ten tables, of a host with a given byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// The width of the addresses.
    pub family: Family,
    /// What the last columns mean.
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
