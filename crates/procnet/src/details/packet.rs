//! Details of packet sockets.

use procnet_core::netlink::packet::{Detail, Fanout, Filter, Info, Membership, Memberships, Ring};

use super::{Details, SocketDetails};

/// What sock_diag reports of a packet socket besides what its table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PacketDetails<'a> {
    /// Its options and flags.
    pub info: Info,
    /// The ring it receives packets through.
    pub rx_ring: Option<Ring>,
    /// The ring it sends packets through.
    pub tx_ring: Option<Ring>,
    /// The group among whose sockets packets are distributed.
    pub fanout: Option<Fanout>,
    /// What it has joined. `None` if the kernel did not report it: see
    /// [`Coverage::details_cut`](crate::Coverage::details_cut).
    pub memberships: Option<Memberships<'a>>,
}

impl<'a> SocketDetails<'a> {
    /// The rings, fanout group, memberships and options of a packet socket.
    #[must_use]
    pub fn packet(&self) -> Option<PacketDetails<'a>> {
        let asked = Details::PACKET;
        let info = self.of_packet(asked, |detail| match detail {
            Detail::Info(info) => Some(info),
            _ => None,
        })?;
        Some(PacketDetails {
            info,
            rx_ring: self.of_packet(asked, |detail| match detail {
                Detail::ReceiveRing(ring) => Some(ring),
                _ => None,
            }),
            tx_ring: self.of_packet(asked, |detail| match detail {
                Detail::TransmitRing(ring) => Some(ring),
                _ => None,
            }),
            fanout: self.of_packet(asked, |detail| match detail {
                Detail::Fanout(fanout) => Some(fanout),
                _ => None,
            }),
            memberships: self.of_packet(asked, memberships),
        })
    }

    /// The filter of classic BPF attached to a packet socket, without instructions if it has none (a
    /// filter of eBPF counts as none). `None` if it is unknown: see
    /// [`Coverage::details_withheld`](crate::Coverage::details_withheld) and
    /// [`Coverage::details_cut`](crate::Coverage::details_cut).
    #[must_use]
    pub fn filter(&self) -> Option<Filter<'a>> {
        let found = self.of_packet(Details::FILTER, |detail| match detail {
            Detail::Filter(filter) => Some(filter),
            _ => None,
        });
        // Memberships are requested with it, and reported of every socket.
        found.unwrap_or_else(|| self.of_packet(Details::FILTER, memberships).map(|_| Filter::EMPTY))
    }
}

fn memberships(detail: Detail<'_>) -> Option<Memberships<'_>> {
    match detail {
        Detail::Memberships(memberships) => Some(memberships),
        _ => None,
    }
}

/// What sock_diag reports of a packet socket: [`PacketDetails`], owned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is that of `PacketDetails` with its name")]
pub struct OwnedPacketDetails {
    pub info: Info,
    pub rx_ring: Option<Ring>,
    pub tx_ring: Option<Ring>,
    pub fanout: Option<Fanout>,
    pub memberships: Option<Vec<OwnedMembership>>,
}

/// What a packet socket has joined: [`Membership`], owned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is that of `Membership` with its name")]
pub struct OwnedMembership {
    pub interface: u32,
    pub count: u32,
    pub kind: u16,
    pub address: Vec<u8>,
}

impl From<Membership<'_>> for OwnedMembership {
    fn from(membership: Membership<'_>) -> OwnedMembership {
        let Membership { interface, count, kind, address } = membership;
        OwnedMembership { interface, count, kind, address: address.to_vec() }
    }
}

impl From<PacketDetails<'_>> for OwnedPacketDetails {
    fn from(details: PacketDetails<'_>) -> OwnedPacketDetails {
        let PacketDetails { info, rx_ring, tx_ring, fanout, memberships } = details;
        let memberships = memberships.map(|all| all.map(OwnedMembership::from).collect());
        OwnedPacketDetails { info, rx_ring, tx_ring, fanout, memberships }
    }
}
