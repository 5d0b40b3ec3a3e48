//! The ends of a socket that has no IP addresses.

use std::fmt;

use procnet::{Socket, decode::netlink::vsock};

use crate::row::extra::Extras;

/// `ETH_P_ALL` (include/uapi/linux/if_ether.h).
const ALL_PACKETS: u16 = 3;

/// What `ss` prints in place of an address: the protocol and interface of a packet socket, the
/// protocol and port ID of a netlink socket, the CID and port of a vsock socket, the node and number of
/// a TIPC socket, the interface and queue of an XDP socket; `*` for any.
pub(super) struct LinkEndpoint<'a>(pub(super) &'a Socket<'a>, pub(super) Extras);

impl fmt::Display for LinkEndpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet) = self.0.packet() {
            match packet.protocol {
                ALL_PACKETS => f.write_str("*")?,
                protocol => write!(f, "{protocol:04x}")?,
            }
            return match packet.interface {
                Some(index) => write!(f, ":{}", self.1.interface(index)),
                None => f.write_str(":*"),
            };
        }
        if let Some(vsock) = self.0.vsock() {
            return write!(f, "{}", vsock.local);
        }
        if let Some(tipc) = self.0.tipc() {
            return write!(f, "{}", tipc.local);
        }
        if let Some(xdp) = self.0.xdp() {
            return match xdp.interface {
                Some(index) => write!(f, "{}:q{}", self.1.interface(index), xdp.queue),
                None => f.write_str("*:*"),
            };
        }
        match self.0.netlink() {
            Some(netlink) if netlink.port == 0 => write!(f, "{}:*", netlink.protocol),
            Some(netlink) => write!(f, "{}:{}", netlink.protocol, netlink.port),
            None => f.write_str("*"),
        }
    }
}

/// The peer of a socket without a network address, if it has one.
pub(super) struct PeerEndpoint<'a>(pub(super) &'a Socket<'a>);

impl fmt::Display for PeerEndpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nowhere = |end: &vsock::Address| end.cid.is_none() && end.port.is_none();
        if let Some(remote) = self.0.vsock().map(|vsock| vsock.remote).filter(|end| !nowhere(end)) {
            return write!(f, "{remote}");
        }
        match self.0.tipc().and_then(|tipc| tipc.peer) {
            Some(peer) => write!(f, "{peer}"),
            None => Ok(()),
        }
    }
}
