//! What a row of columns is made from: a socket during a visit, or one that was kept.

use std::{borrow::Cow, net::SocketAddr};

use procnet::{
    Inode, Kind, Name, OwnedSocket, Socket, State, decode::table::SocketType, socket::OwnedOwner,
};

/// What becomes a row.
pub(crate) trait Fields {
    fn kind(&self) -> Kind;
    fn state(&self) -> State;
    fn local(&self) -> Option<SocketAddr>;
    fn remote(&self) -> Option<SocketAddr>;
    fn uid(&self) -> Option<u32>;
    fn inode(&self) -> Option<Inode>;
    fn rx_queue(&self) -> Option<u32>;
    fn tx_queue(&self) -> Option<u32>;
    fn backlog(&self) -> Option<u32>;
    fn drops(&self) -> Option<u32>;
    fn interface(&self) -> Option<u32>;
    fn cookie(&self) -> Option<u64>;
    /// Only of sockets without addresses.
    fn own(&self) -> Own<'_>;
    fn netns(&self) -> Option<u64>;
    fn suspect(&self) -> bool;
    fn owners(&self, visit: &mut dyn FnMut(u32, u32, &Name));
    fn peer_owners(&self, visit: &mut dyn FnMut(u32, u32, &Name));
}

/// The fields of unix, packet and netlink sockets.
#[derive(Default)]
pub(crate) struct Own<'a> {
    pub(super) kind: Option<SocketType>,
    pub(super) name: Option<Cow<'a, [u8]>>,
    pub(super) peer: Option<u64>,
    pub(super) protocol: Option<u32>,
    pub(super) running: Option<bool>,
    pub(super) port_id: Option<u32>,
    pub(super) groups: Option<u32>,
}

impl Fields for Socket<'_> {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn state(&self) -> State {
        self.state
    }

    fn local(&self) -> Option<SocketAddr> {
        Socket::local(self)
    }

    fn remote(&self) -> Option<SocketAddr> {
        Socket::remote(self)
    }

    fn uid(&self) -> Option<u32> {
        Socket::uid(self)
    }

    fn inode(&self) -> Option<Inode> {
        self.inode
    }

    fn rx_queue(&self) -> Option<u32> {
        Socket::rx_queue(self)
    }

    fn tx_queue(&self) -> Option<u32> {
        Socket::tx_queue(self)
    }

    fn backlog(&self) -> Option<u32> {
        Socket::backlog(self)
    }

    fn drops(&self) -> Option<u32> {
        Socket::drops(self)
    }

    fn interface(&self) -> Option<u32> {
        Socket::interface(self).map(std::num::NonZeroU32::get)
    }

    fn cookie(&self) -> Option<u64> {
        Socket::cookie(self)
    }

    fn own(&self) -> Own<'_> {
        let (packet, netlink) = (self.packet(), self.netlink());
        Own {
            kind: self.unix_type().or(packet.map(|packet| packet.kind)),
            name: self.name().map(|name| Cow::Owned(name.to_bytes().into_owned())),
            peer: self.peer().map(Inode::get),
            protocol: packet
                .map(|packet| u32::from(packet.protocol))
                .or(netlink.map(|netlink| u32::from(netlink.protocol.0))),
            running: packet.map(|packet| packet.running),
            port_id: netlink.map(|netlink| netlink.port),
            groups: netlink.map(|netlink| netlink.groups),
        }
    }

    fn netns(&self) -> Option<u64> {
        self.netns?.inode
    }

    fn suspect(&self) -> bool {
        self.suspect
    }

    fn owners(&self, visit: &mut dyn FnMut(u32, u32, &Name)) {
        self.owners.iter().for_each(|owner| visit(owner.pid(), owner.fd, owner.comm()));
    }

    fn peer_owners(&self, visit: &mut dyn FnMut(u32, u32, &Name)) {
        let owners = Socket::peer_owners(self);
        owners.iter().for_each(|owner| visit(owner.pid(), owner.fd, owner.comm()));
    }
}

impl Fields for OwnedSocket {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn state(&self) -> State {
        self.state
    }

    fn local(&self) -> Option<SocketAddr> {
        self.local
    }

    fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    fn uid(&self) -> Option<u32> {
        self.uid
    }

    fn inode(&self) -> Option<Inode> {
        self.inode
    }

    fn rx_queue(&self) -> Option<u32> {
        self.rx_queue
    }

    fn tx_queue(&self) -> Option<u32> {
        self.tx_queue
    }

    fn backlog(&self) -> Option<u32> {
        self.backlog
    }

    fn drops(&self) -> Option<u32> {
        self.drops
    }

    fn interface(&self) -> Option<u32> {
        self.interface.map(std::num::NonZeroU32::get)
    }

    fn cookie(&self) -> Option<u64> {
        self.cookie
    }

    fn own(&self) -> Own<'_> {
        let unix = self.unix.as_ref();
        let protocol = self.packet.map(|packet| u32::from(packet.protocol));
        Own {
            kind: unix.map(|unix| unix.kind).or(self.packet.map(|packet| packet.kind)),
            name: unix.and_then(|unix| unix.name.as_deref()).map(Cow::Borrowed),
            peer: unix.and_then(|unix| unix.peer).map(Inode::get),
            protocol: protocol.or(self.netlink.map(|netlink| u32::from(netlink.protocol.0))),
            running: self.packet.map(|packet| packet.running),
            port_id: self.netlink.map(|netlink| netlink.port),
            groups: self.netlink.map(|netlink| netlink.groups),
        }
    }

    fn netns(&self) -> Option<u64> {
        self.netns.as_ref()?.inode
    }

    fn suspect(&self) -> bool {
        self.suspect
    }

    fn owners(&self, visit: &mut dyn FnMut(u32, u32, &Name)) {
        self.owners.iter().for_each(|OwnedOwner { pid, fd, comm, .. }| visit(*pid, *fd, comm));
    }

    fn peer_owners(&self, visit: &mut dyn FnMut(u32, u32, &Name)) {
        let owners = self.unix.iter().flat_map(|unix| unix.peer_owners.iter());
        owners.for_each(|OwnedOwner { pid, fd, comm, .. }| visit(*pid, *fd, comm));
    }
}
