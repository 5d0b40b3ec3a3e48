//! What a socket is deserialized from.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use procnet_core::{
    Inode,
    netlink::{inet::Association, smc::Mode, tipc, vsock},
    table::{SocketType, netlink::Protocol},
};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::OwnerForm;
use crate::{
    Kind, Name, OwnedSocket,
    details::OwnedDetails,
    netns::Namespace,
    serial::{namespace::NamespaceForm, unescape},
    socket::{
        Origin, OwnedNetlink, OwnedOwner, OwnedPacket, OwnedSctp, OwnedSmc, OwnedTipc, OwnedUnix,
        OwnedVsock, OwnedXdp,
    },
};

#[derive(Deserialize)]
#[serde(rename = "Socket")]
struct SocketForm {
    kind: String,
    state: String,
    local_addr: Option<IpAddr>,
    local_port: Option<u32>,
    remote_addr: Option<IpAddr>,
    remote_port: Option<u32>,
    uid: Option<u32>,
    inode: Option<u64>,
    rx_queue: Option<u32>,
    tx_queue: Option<u32>,
    backlog: Option<u32>,
    #[serde(rename = "type")]
    socket_type: Option<String>,
    name: Option<String>,
    protocol: Option<u16>,
    interface: Option<NonZeroU32>,
    running: Option<bool>,
    port_id: Option<u32>,
    groups: Option<u32>,
    drops: Option<u32>,
    association: Option<String>,
    mode: Option<String>,
    local_cid: Option<u32>,
    remote_cid: Option<u32>,
    node: Option<u32>,
    #[serde(rename = "ref")]
    reference: Option<u32>,
    peer_node: Option<u32>,
    peer_ref: Option<u32>,
    service_type: Option<u32>,
    service_instance: Option<u32>,
    published: Option<bool>,
    queue: Option<u32>,
    owners: Vec<OwnerForm<String>>,
    netns: Option<NamespaceForm<String>>,
    peer: Option<u64>,
    #[serde(default)]
    peer_owners: Vec<OwnerForm<String>>,
    details: Option<Box<OwnedDetails>>,
    #[serde(default)]
    suspect: bool,
}

impl<'de> Deserialize<'de> for OwnedSocket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OwnedSocket, D::Error> {
        let form = SocketForm::deserialize(deserializer)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == form.kind);
        let kind = kind.ok_or_else(|| D::Error::custom(format!("unknown kind {}", form.kind)))?;
        let owner = |OwnerForm { pid, fd, comm }: OwnerForm<String>| {
            Ok(OwnedOwner { pid, fd, comm: Name::new(&unescape(&comm)?) })
        };
        let end = |ip: Option<IpAddr>, port: Option<u32>| {
            Some(SocketAddr::new(ip?, u16::try_from(port?).ok()?))
        };
        let other = OtherFamily::of::<D::Error>(kind, &form)?;
        let missing = D::Error::missing_field;
        let packet = match (kind, &form.socket_type) {
            (Kind::Packet, Some(text)) => Some(OwnedPacket {
                kind: socket_type(text)?,
                protocol: form.protocol.ok_or_else(|| missing("protocol"))?,
                interface: form.interface,
                running: form.running.ok_or_else(|| missing("running"))?,
            }),
            (Kind::Packet, None) => return Err(missing("type")),
            _ => None,
        };
        let netlink = match kind {
            Kind::Netlink => Some(OwnedNetlink {
                protocol: form.protocol.map(Protocol).ok_or_else(|| missing("protocol"))?,
                port: form.port_id.ok_or_else(|| missing("port_id"))?,
                groups: form.groups.ok_or_else(|| missing("groups"))?,
                drops: form.drops,
            }),
            _ => None,
        };
        let unix = match form.socket_type.filter(|_| kind == Kind::Unix) {
            None => None,
            Some(text) => {
                let name = form.name.as_deref().map(unescape).transpose()?;
                let peer = form.peer.and_then(Inode::new);
                let holders = form.peer_owners.into_iter().map(owner);
                let peer_owners = holders.collect::<Result<_, D::Error>>()?;
                Some(OwnedUnix { kind: socket_type(&text)?, name, peer, peer_owners })
            }
        };
        Ok(OwnedSocket {
            kind,
            state: form.state.parse().map_err(D::Error::custom)?,
            inode: form.inode.and_then(Inode::new),
            local: end(form.local_addr, form.local_port),
            remote: end(form.remote_addr, form.remote_port),
            uid: form.uid,
            rx_queue: form.rx_queue,
            tx_queue: form.tx_queue,
            backlog: form.backlog,
            drops: form.drops,
            // These have no keys of their own.
            interface: packet
                .and_then(|packet| packet.interface)
                .or(other.xdp.and_then(|xdp| xdp.interface)),
            cookie: None,
            timer: None,
            unix,
            packet,
            netlink,
            sctp: other.sctp,
            smc: other.smc,
            vsock: other.vsock,
            tipc: other.tipc,
            xdp: other.xdp,
            owners: form.owners.into_iter().map(owner).collect::<Result<_, D::Error>>()?,
            netns: form.netns.map(Namespace::try_from).transpose().map_err(D::Error::custom)?,
            suspect: form.suspect,
            details: form.details,
            origin: Origin::default(),
        })
    }
}

/// The fields of sockets that only sock_diag lists.
#[derive(Default)]
struct OtherFamily {
    sctp: Option<OwnedSctp>,
    smc: Option<OwnedSmc>,
    vsock: Option<OwnedVsock>,
    tipc: Option<OwnedTipc>,
    xdp: Option<OwnedXdp>,
}

impl OtherFamily {
    fn of<E: serde::de::Error>(kind: Kind, form: &SocketForm) -> Result<OtherFamily, E> {
        let missing = E::missing_field;
        let mut other = OtherFamily::default();
        match kind {
            Kind::Sctp | Kind::Sctp6 => {
                let association = form.association.as_deref().map(association).transpose()?;
                other.sctp = Some(OwnedSctp { association });
            }
            Kind::Smc => {
                let mode = mode(form.mode.as_deref().ok_or_else(|| missing("mode"))?)?;
                other.smc = Some(OwnedSmc { mode });
            }
            Kind::Vsock => {
                let kind = form.socket_type.as_deref().ok_or_else(|| missing("type"))?;
                other.vsock = Some(OwnedVsock {
                    kind: socket_type(kind)?,
                    local: vsock::Address { cid: form.local_cid, port: form.local_port },
                    remote: vsock::Address { cid: form.remote_cid, port: form.remote_port },
                });
            }
            Kind::Tipc => {
                let kind = form.socket_type.as_deref().ok_or_else(|| missing("type"))?;
                let address = |node: Option<u32>, reference: Option<u32>| {
                    Some(tipc::Address { node: node?, reference: reference? })
                };
                let service = |kind: Option<u32>, instance: Option<u32>| {
                    Some(tipc::Service { kind: kind?, instance: instance? })
                };
                other.tipc = Some(OwnedTipc {
                    kind: socket_type(kind)?,
                    local: address(form.node, form.reference).ok_or_else(|| missing("ref"))?,
                    peer: address(form.peer_node, form.peer_ref),
                    service: service(form.service_type, form.service_instance),
                    published: form.published.ok_or_else(|| missing("published"))?,
                    drops: form.drops,
                });
            }
            Kind::Xdp => {
                let interface = form.interface;
                other.xdp = form.queue.map(|queue| OwnedXdp { interface, queue });
            }
            _ => {}
        }
        Ok(other)
    }
}

fn association<E: serde::de::Error>(text: &str) -> Result<Association, E> {
    match Association::from_name(text) {
        Some(association) => Ok(association),
        None => text.parse().map(Association).map_err(E::custom),
    }
}

fn mode<E: serde::de::Error>(text: &str) -> Result<Mode, E> {
    match [Mode::SMC_R, Mode::TCP, Mode::SMC_D].into_iter().find(|mode| mode.to_string() == text) {
        Some(mode) => Ok(mode),
        None => text.parse().map(Mode).map_err(E::custom),
    }
}

fn socket_type<E: serde::de::Error>(text: &str) -> Result<SocketType, E> {
    let named = [
        SocketType::STREAM,
        SocketType::DGRAM,
        SocketType::RAW,
        SocketType::SEQPACKET,
        SocketType::PACKET,
    ];
    match named.into_iter().find(|kind| kind.to_string() == text) {
        Some(kind) => Ok(kind),
        None => text.parse().map(SocketType).map_err(E::custom),
    }
}
