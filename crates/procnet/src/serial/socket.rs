//! The serde form of a socket.

mod form;

use std::{borrow::Cow, net::SocketAddr};

use procnet_core::{Inode, State, escape::Escaped, table::SocketType};
use serde::{
    Deserialize, Serialize, Serializer,
    ser::{SerializeSeq as _, SerializeStruct as _},
};

use super::Shown;
use crate::{
    Kind, Name, OwnedSocket, Owner, Socket,
    details::OwnedDetails,
    netns::Namespace,
    socket::{
        OwnedNetlink, OwnedOwner, OwnedPacket, OwnedSctp, OwnedSmc, OwnedTipc, OwnedVsock, OwnedXdp,
    },
};

/// The fields that [`Socket`] and [`OwnedSocket`] are both serialized from.
struct Parts<'p, N, O> {
    kind: Kind,
    state: State,
    inode: Option<Inode>,
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
    uid: Option<u32>,
    rx_queue: Option<u32>,
    tx_queue: Option<u32>,
    backlog: Option<u32>,
    drops: Option<u32>,
    unix: Option<(SocketType, Option<N>)>,
    packet: Option<OwnedPacket>,
    netlink: Option<OwnedNetlink>,
    sctp: Option<OwnedSctp>,
    smc: Option<OwnedSmc>,
    vsock: Option<OwnedVsock>,
    tipc: Option<OwnedTipc>,
    xdp: Option<OwnedXdp>,
    peer: Option<(Inode, O)>,
    owners: O,
    netns: Option<&'p Namespace>,
    suspect: bool,
    details: Option<Cow<'p, OwnedDetails>>,
}

impl<'a, N, O> Parts<'_, N, O>
where
    N: std::fmt::Display,
    O: Iterator<Item = (u32, u32, &'a Name)> + Clone,
{
    fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let more = usize::from(self.netns.is_some()) + usize::from(self.suspect);
        let more = more + usize::from(self.details.is_some());
        let more = more + 2 * usize::from(self.peer.is_some());
        let more = more + 4 * usize::from(self.packet.is_some() || self.netlink.is_some());
        let more = more + 2 * usize::from(self.local.is_some());
        let more = more + usize::from(self.sctp.is_some()) + usize::from(self.smc.is_some());
        let more = more + 3 * usize::from(self.vsock.is_some());
        let more =
            more + 9 * usize::from(self.tipc.is_some()) + 2 * usize::from(self.xdp.is_some());
        let fields = 11 + 2 * usize::from(self.unix.is_some()) + more;
        let mut out = serializer.serialize_struct("Socket", fields)?;
        out.serialize_field("kind", self.kind.name())?;
        match self.state.name() {
            Some(name) => out.serialize_field("state", name)?,
            None => out.serialize_field("state", &Shown(self.state))?,
        }
        out.serialize_field("local_addr", &self.local.map(|local| Shown(local.ip())))?;
        let port = |end: Option<SocketAddr>| end.map(|end| u32::from(end.port()));
        let vsock_port = |end: fn(&OwnedVsock) -> Option<u32>| self.vsock.as_ref().and_then(end);
        let local_port = port(self.local).or(vsock_port(|vsock| vsock.local.port));
        out.serialize_field("local_port", &local_port)?;
        out.serialize_field("remote_addr", &self.remote.map(|remote| Shown(remote.ip())))?;
        let remote_port = port(self.remote).or(vsock_port(|vsock| vsock.remote.port));
        out.serialize_field("remote_port", &remote_port)?;
        out.serialize_field("uid", &self.uid)?;
        out.serialize_field("inode", &self.inode.map(Inode::get))?;
        out.serialize_field("rx_queue", &self.rx_queue)?;
        out.serialize_field("tx_queue", &self.tx_queue)?;
        if self.local.is_some() {
            out.serialize_field("backlog", &self.backlog)?;
            out.serialize_field("drops", &self.drops)?;
        }
        if let Some((kind, name)) = self.unix {
            out.serialize_field("type", &Shown(kind))?;
            out.serialize_field("name", &name.map(Shown))?;
        }
        if let Some(OwnedPacket { kind, protocol, interface, running }) = self.packet {
            out.serialize_field("type", &Shown(kind))?;
            out.serialize_field("protocol", &protocol)?;
            out.serialize_field("interface", &interface)?;
            out.serialize_field("running", &running)?;
        }
        if let Some(OwnedNetlink { protocol, port, groups, drops }) = self.netlink {
            out.serialize_field("protocol", &protocol.0)?;
            out.serialize_field("port_id", &port)?;
            out.serialize_field("groups", &groups)?;
            out.serialize_field("drops", &drops)?;
        }
        if let Some(OwnedSctp { association }) = self.sctp {
            out.serialize_field("association", &association.map(Shown))?;
        }
        if let Some(OwnedSmc { mode }) = self.smc {
            out.serialize_field("mode", &Shown(mode))?;
        }
        if let Some(OwnedVsock { kind, local, remote }) = self.vsock {
            out.serialize_field("type", &Shown(kind))?;
            out.serialize_field("local_cid", &local.cid)?;
            out.serialize_field("remote_cid", &remote.cid)?;
        }
        if let Some(OwnedTipc { kind, local, peer, service, published, drops }) = self.tipc {
            out.serialize_field("type", &Shown(kind))?;
            out.serialize_field("node", &local.node)?;
            out.serialize_field("ref", &local.reference)?;
            out.serialize_field("peer_node", &peer.map(|peer| peer.node))?;
            out.serialize_field("peer_ref", &peer.map(|peer| peer.reference))?;
            out.serialize_field("service_type", &service.map(|service| service.kind))?;
            out.serialize_field("service_instance", &service.map(|service| service.instance))?;
            out.serialize_field("published", &published)?;
            out.serialize_field("drops", &drops)?;
        }
        if let Some(OwnedXdp { interface, queue }) = self.xdp {
            out.serialize_field("interface", &interface)?;
            out.serialize_field("queue", &queue)?;
        }
        out.serialize_field("owners", &List(self.owners))?;
        if let Some((peer, owners)) = self.peer {
            out.serialize_field("peer", &peer.get())?;
            out.serialize_field("peer_owners", &List(owners))?;
        }
        if let Some(netns) = self.netns {
            out.serialize_field("netns", netns)?;
        }
        if let Some(details) = self.details {
            out.serialize_field("details", &*details)?;
        }
        if self.suspect {
            out.serialize_field("suspect", &true)?;
        }
        out.end()
    }
}

struct List<O>(O);

impl<'a, O: Iterator<Item = (u32, u32, &'a Name)> + Clone> Serialize for List<O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(None)?;
        for (pid, fd, comm) in self.0.clone() {
            out.serialize_element(&OwnerForm { pid, fd, comm: Shown(comm) })?;
        }
        out.end()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Owner")]
struct OwnerForm<C> {
    pid: u32,
    fd: u32,
    comm: C,
}

/// As one object: `kind`, `state`, `local_addr`, `local_port`, `remote_addr`, `remote_port`, `uid`,
/// `inode`, `rx_queue`, `tx_queue` and `owners`, a list of objects with `pid`, `fd` and `comm`. What
/// is unknown, or what the kind does not have, is null.
///
/// Some kinds have further keys: those with addresses `backlog` and `drops`; unix sockets `type`, `name` and, if known, `peer` (an inode) and
/// `peer_owners`; packet sockets `type`, `protocol`, `interface` and `running`; netlink sockets
/// `protocol`, `port_id`, `groups` and `drops`; SCTP `association`; SMC `mode`; vsock `type`,
/// `local_cid` and `remote_cid`; TIPC `type`, `node`, `ref`, `peer_node`, `peer_ref`, `service_type`,
/// `service_instance`, `published` and `drops`; XDP `interface` and `queue`. `netns` and `details` are present if the query asked
/// for them, and `suspect` if it is true. Names are escaped.
impl<'a> Serialize for Socket<'a> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed = |owner: Owner<'a>| (owner.process.pid, owner.fd, &owner.process.comm);
        Parts {
            kind: self.kind,
            state: self.state,
            inode: self.inode,
            local: self.local(),
            remote: self.remote(),
            uid: self.uid(),
            rx_queue: self.rx_queue(),
            tx_queue: self.tx_queue(),
            backlog: self.backlog(),
            drops: self.drops(),
            unix: self.unix_type().map(|kind| (kind, self.name())),
            packet: self.packet(),
            netlink: self.netlink(),
            sctp: self.sctp(),
            smc: self.smc(),
            vsock: self.vsock(),
            tipc: self.tipc(),
            xdp: self.xdp(),
            owners: self.owners.iter().map(listed),
            peer: self.peer().map(|peer| (peer, self.peer_owners().iter().map(listed))),
            netns: self.netns,
            suspect: self.suspect,
            details: self.details().and_then(|details| details.to_owned()).map(Cow::Owned),
        }
        .write(serializer)
    }
}

/// As one object, the same as for [`Socket`].
impl Serialize for OwnedSocket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn listed(owner: &OwnedOwner) -> (u32, u32, &Name) {
            (owner.pid, owner.fd, &owner.comm)
        }
        Parts {
            kind: self.kind,
            state: self.state,
            inode: self.inode,
            local: self.local,
            remote: self.remote,
            uid: self.uid,
            rx_queue: self.rx_queue,
            tx_queue: self.tx_queue,
            backlog: self.backlog,
            drops: self.drops,
            unix: self.unix.as_ref().map(|unix| (unix.kind, unix.name.as_deref().map(Escaped))),
            packet: self.packet,
            netlink: self.netlink,
            sctp: self.sctp,
            smc: self.smc,
            vsock: self.vsock,
            tipc: self.tipc,
            xdp: self.xdp,
            owners: self.owners.iter().map(listed),
            peer: self
                .unix
                .as_ref()
                .and_then(|unix| Some((unix.peer?, unix.peer_owners.iter().map(listed)))),
            netns: self.netns.as_ref(),
            suspect: self.suspect,
            details: self.details.as_deref().map(Cow::Borrowed),
        }
        .write(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _, path::Path, sync::Arc};

    use super::*;

    #[test]
    fn a_name_of_any_bytes_survives_a_round_trip() {
        let every_byte: Vec<u8> = (1..=255).filter(|byte| *byte != b'\n').collect();
        let mut line = b"0: 00000002 00000000 00010000 0001 01 7 ".to_vec();
        line.extend(&every_byte);
        let order = procnet_core::ByteOrder::NATIVE;
        let mut row =
            crate::socket::SocketRow::decode(Kind::Unix, order, &line, 2).unwrap().unwrap();
        row.fields.suspect = true;
        let path = Arc::from(Path::new(OsStr::from_bytes(&every_byte)));
        let netns = Namespace { inode: Some(7), pid: None, path: Some(path) };
        let mut socket = row.socket();
        socket.netns = Some(&netns);
        let json = serde_json::to_string(&socket).unwrap();
        let back: OwnedSocket = serde_json::from_str(&json).unwrap();
        assert_eq!(back, socket.to_owned());
        assert_eq!(serde_json::to_string(&back).unwrap(), json);
        assert_eq!(back.unix.unwrap().name.unwrap(), every_byte);
    }
}
