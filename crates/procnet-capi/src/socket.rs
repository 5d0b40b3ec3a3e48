//! Sockets, as callbacks get them.

pub mod details;

use std::{ffi::c_char, ptr};

use procnet::{Inode, Kind, Socket, decode::table::SocketType, socket::UnixName};

use crate::{
    address::{AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, procnet_address},
    border::More,
    owner::procnet_owner,
};

pub const PROCNET_KNOWN_UID: u32 = 1;
pub const PROCNET_KNOWN_RX_QUEUE: u32 = 1 << 1;
pub const PROCNET_KNOWN_TX_QUEUE: u32 = 1 << 2;
pub const PROCNET_KNOWN_BACKLOG: u32 = 1 << 3;
pub const PROCNET_KNOWN_NAME: u32 = 1 << 4;

pub const PROCNET_FLAG_SUSPECT: u32 = 1;
pub const PROCNET_FLAG_NAME_EXACT: u32 = 1 << 1;
pub const PROCNET_FLAG_NAME_ABSTRACT: u32 = 1 << 2;

const IPPROTO_ICMP: u32 = 1;
const IPPROTO_TCP: u32 = 6;
const IPPROTO_UDP: u32 = 17;
const IPPROTO_ICMPV6: u32 = 58;
const IPPROTO_UDPLITE: u32 = 136;

/// A socket.
#[repr(C)]
pub struct procnet_socket {
    pub kind: u32,
    pub state: u32,
    pub family: u32,
    pub r#type: u32,
    pub protocol: u32,
    pub known: u32,
    pub flags: u32,
    pub uid: u32,
    pub rx_queue: u32,
    pub tx_queue: u32,
    pub backlog: u32,
    pub interface: u32,
    pub inode: u64,
    pub cookie: u64,
    pub netns: u64,
    pub peer: u64,
    pub local: procnet_address,
    pub remote: procnet_address,
    pub name: *const c_char,
    pub name_len: usize,
    pub owners: *const procnet_owner,
    pub owners_len: usize,
    pub more: More,
}

/// What sockets point to, reused from one to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    owners: Vec<procnet_owner>,
    name: Vec<u8>,
}

impl Scratch {
    /// The structure of a socket, valid until the next one is filled.
    #[inline]
    pub(crate) fn fill(&mut self, socket: &Socket<'_>) -> procnet_socket {
        let (family, r#type, protocol) = class(socket);
        let mut known = 0;
        let mut value = |value: Option<u32>, bit| {
            known |= if value.is_some() { bit } else { 0 };
            value.unwrap_or(0)
        };
        let uid = value(socket.uid(), PROCNET_KNOWN_UID);
        let rx_queue = value(socket.rx_queue(), PROCNET_KNOWN_RX_QUEUE);
        let tx_queue = value(socket.tx_queue(), PROCNET_KNOWN_TX_QUEUE);
        let backlog = value(socket.backlog(), PROCNET_KNOWN_BACKLOG);
        let mut flags = if socket.suspect { PROCNET_FLAG_SUSPECT } else { 0 };
        let (mut name, mut peer) = (&[][..], 0);
        if socket.kind == Kind::Unix {
            peer = socket.peer().map_or(0, Inode::get);
            if let Some(named) = socket.name() {
                known |= PROCNET_KNOWN_NAME;
                flags |= name_flags(&named);
                name = self.shown_name(&named);
            }
        }
        // Their buffer may have moved.
        let name =
            if name.is_empty() { (ptr::null(), 0) } else { (name.as_ptr().cast(), name.len()) };
        self.owners.clear();
        self.owners.extend(socket.owners.iter().map(procnet_owner::from));
        procnet_socket {
            kind: socket.kind as u32,
            state: socket.state.0.into(),
            family: family.into(),
            r#type,
            protocol,
            known,
            flags,
            uid,
            rx_queue,
            tx_queue,
            backlog,
            interface: socket.interface().map_or(0, std::num::NonZeroU32::get),
            inode: socket.inode.map_or(0, Inode::get),
            cookie: socket.cookie().unwrap_or(0),
            netns: socket.netns.and_then(|netns| netns.inode).unwrap_or(0),
            peer,
            local: socket.local().map(procnet_address::from).unwrap_or_default(),
            remote: socket.remote().map(procnet_address::from).unwrap_or_default(),
            name: name.0,
            name_len: name.1,
            owners: self.owners.as_ptr(),
            owners_len: self.owners.len(),
            more: More::new(socket),
        }
    }

    /// The name with `@` for a leading NUL.
    fn shown_name(&mut self, name: &UnixName<'_>) -> &[u8] {
        let bytes = match name {
            UnixName::Printed(name) => name.as_bytes(),
            UnixName::Exact(name) => name.as_bytes(),
        };
        self.name.clear();
        self.name.extend_from_slice(bytes);
        if let (UnixName::Exact(_), Some(first @ 0)) = (name, self.name.first_mut()) {
            *first = b'@';
        }
        &self.name
    }
}

fn name_flags(name: &UnixName<'_>) -> u32 {
    let exact = match name {
        UnixName::Exact(_) => PROCNET_FLAG_NAME_EXACT,
        UnixName::Printed(_) => 0,
    };
    let is_abstract = name.is_abstract() == Some(true);
    exact | if is_abstract { PROCNET_FLAG_NAME_ABSTRACT } else { 0 }
}

/// The family, type and protocol.
#[inline]
fn class(socket: &Socket<'_>) -> (u16, u32, u32) {
    let stream = u32::from(SocketType::STREAM.0);
    let dgram = u32::from(SocketType::DGRAM.0);
    let raw = u32::from(SocketType::RAW.0);
    // A raw socket is listed with its protocol as local port.
    let port = || socket.local().map_or(0, |local| local.port().into());
    match socket.kind {
        Kind::Tcp => (AF_INET, stream, IPPROTO_TCP),
        Kind::Tcp6 => (AF_INET6, stream, IPPROTO_TCP),
        Kind::Udp => (AF_INET, dgram, IPPROTO_UDP),
        Kind::Udp6 => (AF_INET6, dgram, IPPROTO_UDP),
        Kind::UdpLite => (AF_INET, dgram, IPPROTO_UDPLITE),
        Kind::UdpLite6 => (AF_INET6, dgram, IPPROTO_UDPLITE),
        Kind::Raw => (AF_INET, raw, port()),
        Kind::Raw6 => (AF_INET6, raw, port()),
        Kind::Icmp => (AF_INET, dgram, IPPROTO_ICMP),
        Kind::Icmp6 => (AF_INET6, dgram, IPPROTO_ICMPV6),
        Kind::Unix => (AF_UNIX, socket.unix_type().map_or(0, |kind| kind.0.into()), 0),
        Kind::Packet => {
            let packet = socket.packet();
            let kind = packet.map_or(0, |packet| packet.kind.0.into());
            (AF_PACKET, kind, packet.map_or(0, |packet| packet.protocol.into()))
        }
        Kind::Netlink => {
            (AF_NETLINK, raw, socket.netlink().map_or(0, |netlink| netlink.protocol.0.into()))
        }
        _ => (0, 0, 0),
    }
}
