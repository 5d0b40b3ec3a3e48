//! Sockets of less common protocols: UDP-Lite, raw IP and ping.

use std::{
    fs,
    net::SocketAddr,
    os::fd::{AsRawFd as _, OwnedFd},
};

use rustix::net::{
    AddressFamily, Protocol, SocketFlags, SocketType, bind, connect, ipproto, socket_with,
};

use super::{inet, unspecified};
use crate::live::{Entry, Owner, comm_of, inode_of, skip_part};

/// Held by this process; they are not part of a [`Scene`](super::Scene).
#[derive(Debug, Default)]
pub struct Uncommon {
    held: Vec<OwnedFd>,
    entries: Vec<Entry>,
}

impl Uncommon {
    /// Creates those that this kernel supports, and reports the others as skipped.
    #[must_use]
    pub fn new() -> Uncommon {
        // By default no group may create ping sockets.
        let _ = fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0");
        let mut all = Uncommon::default();
        for (six, at) in [("", "127.0.0.1:0"), ("6", "[::1]:0")] {
            let at: SocketAddr = at.parse().expect("an address");
            let icmp = if six.is_empty() { ipproto::ICMP } else { ipproto::ICMPV6 };
            all.add(&format!("udplite{six}"), at, SocketType::DGRAM, ipproto::UDPLITE);
            all.add(&format!("icmp{six}"), at, SocketType::DGRAM, icmp);
            all.add(&format!("raw{six}"), at, SocketType::RAW, ipproto::UDP);
        }
        all
    }

    /// What the tables show for them.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Adds a socket that is bound, and one that is also connected.
    fn add(&mut self, kind: &str, at: SocketAddr, socket_type: SocketType, protocol: Protocol) {
        for state in ["UNCONN", "ESTABLISHED"] {
            match Uncommon::socket(at, socket_type, protocol, state == "ESTABLISHED") {
                Ok(socket) => self.keep(kind, state, socket_type, protocol, socket),
                Err(error) => skip_part(&format!("a socket of {kind}"), &error.to_string()),
            }
        }
    }

    fn socket(
        at: SocketAddr,
        socket_type: SocketType,
        protocol: Protocol,
        connected: bool,
    ) -> rustix::io::Result<OwnedFd> {
        let family = if at.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = socket_with(family, socket_type, SocketFlags::CLOEXEC, Some(protocol))?;
        bind(&socket, &at)?;
        if connected {
            connect(&socket, &SocketAddr::new(at.ip(), 9))?;
        }
        Ok(socket)
    }

    fn keep(
        &mut self,
        kind: &str,
        state: &str,
        socket_type: SocketType,
        protocol: Protocol,
        socket: OwnedFd,
    ) {
        let mut local = inet::local(&socket);
        let mut remote = unspecified(local);
        if state == "ESTABLISHED" {
            // ICMP has no ports, but ping sockets keep the peer's port all the same.
            let port = if socket_type == SocketType::RAW { 0 } else { 9 };
            remote = SocketAddr::new(local.ip(), port);
        }
        if socket_type == SocketType::RAW {
            local.set_port(u16::try_from(protocol.as_raw().get()).expect("a small number"));
        }
        let pid = std::process::id();
        let owner = Owner { pid, fd: socket.as_raw_fd().unsigned_abs(), comm: comm_of(pid) };
        self.entries.push(Entry {
            inode: Some(inode_of(&socket)),
            owners: [owner].into(),
            ..Entry::inet(kind, state, local, remote)
        });
        self.held.push(socket);
    }
}
