//! Sockets that have neither addresses nor a name: packet and netlink.

use std::num::NonZeroU32;

use procnet_core::{
    State,
    table::{SocketType, netlink, packet},
};

use crate::{Detail, Kind, Owners, Socket};

/// What only packet sockets have: which packets they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedPacket {
    /// Whether packets come with the header of their link (raw) or without (dgram).
    pub kind: SocketType,
    /// The number of an Ethernet protocol; 3 stands for all, 0 for none.
    pub protocol: u16,
    /// The number of the interface that it is bound to; `None` if it takes from all.
    pub interface: Option<NonZeroU32>,
    /// Whether it takes packets: its interface is up.
    pub running: bool,
}

/// What only netlink sockets have: what they talk of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedNetlink {
    /// Which part of the kernel it talks to.
    pub protocol: netlink::Protocol,
    /// Its own number: mostly, and only mostly, the pid of who made it. 0 for the kernel's own,
    /// and for one that has not been bound yet.
    pub port: u32,
    /// The first 32 groups of messages that it listens to, a bit each.
    pub groups: u32,
    /// Messages that it lost as its buffer was full; `None` where the kernel does not tell.
    pub drops: Option<u32>,
}

impl From<&packet::Row<'_>> for OwnedPacket {
    fn from(row: &packet::Row<'_>) -> OwnedPacket {
        let packet::Row { kind, protocol, interface, running, .. } = *row;
        OwnedPacket { kind, protocol, interface, running }
    }
}

impl From<&netlink::Row<'_>> for OwnedNetlink {
    fn from(row: &netlink::Row<'_>) -> OwnedNetlink {
        let netlink::Row { protocol, port, groups, drops, .. } = *row;
        OwnedNetlink { protocol, port, groups, drops }
    }
}

impl<'a> Socket<'a> {
    /// A packet socket from its row, without owners.
    ///
    /// Its state is `CLOSE`, as that of every socket without connections.
    #[must_use]
    pub fn from_packet(row: packet::Row<'a>) -> Socket<'a> {
        let (inode, detail, owners) = (row.inode, Detail::Packet(row), Owners::default());
        let (kind, state) = (Kind::Packet, State::CLOSE);
        Socket { kind, state, inode, detail, owners, netns: None, suspect: false }
    }

    /// A netlink socket from its row, without owners.
    ///
    /// Its state is `CLOSE`, as that of every socket without connections.
    #[must_use]
    pub fn from_netlink(row: netlink::Row<'a>) -> Socket<'a> {
        let (inode, detail, owners) = (row.inode, Detail::Netlink(row), Owners::default());
        let (kind, state) = (Kind::Netlink, State::CLOSE);
        Socket { kind, state, inode, detail, owners, netns: None, suspect: false }
    }

    /// All columns of a packet socket.
    #[must_use]
    pub fn packet(&self) -> Option<&packet::Row<'a>> {
        match &self.detail {
            Detail::Packet(row) => Some(row),
            _ => None,
        }
    }

    /// All columns of a netlink socket.
    #[must_use]
    pub fn netlink(&self) -> Option<&netlink::Row<'a>> {
        match &self.detail {
            Detail::Netlink(row) => Some(row),
            _ => None,
        }
    }
}
