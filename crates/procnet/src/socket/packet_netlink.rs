//! Packet and netlink sockets, which have neither addresses nor a name.

use std::num::NonZeroU32;

use procnet_core::table::{SocketType, netlink, packet};

/// The fields that only packet sockets have: which packets they receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedPacket {
    /// Whether it receives packets with their link-layer header (`raw`) or without it (`dgram`).
    pub kind: SocketType,
    /// The Ethernet protocol (`ETH_P_…`, include/uapi/linux/if_ether.h); 3 means all, 0 none.
    pub protocol: u16,
    /// The index of the interface it is bound to; `None` if it receives from all interfaces.
    pub interface: Option<NonZeroU32>,
    /// Whether it receives packets, that is, whether its interface is up.
    pub running: bool,
}

/// The fields that only netlink sockets have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnedNetlink {
    /// The netlink protocol, which selects the part of the kernel it talks to.
    pub protocol: netlink::Protocol,
    /// Its port id (`nl_pid`): often, but not always, the pid of the process that created it. 0 for
    /// the kernel's own sockets, and for a socket that is not bound yet.
    pub port: u32,
    /// The first 32 multicast groups it has joined, one bit each.
    pub groups: u32,
    /// Messages lost to a full receive buffer; `None` if the kernel does not report it.
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
