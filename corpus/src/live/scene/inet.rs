//! Inet sockets, created with one call each.

use std::{
    net::{IpAddr, SocketAddr},
    os::fd::{AsFd, OwnedFd},
};

use rustix::{
    io::Result,
    net::{
        AddressFamily, SocketFlags, SocketType, bind, connect as connect_to, getsockname,
        listen as listen_with, socket_with, sockopt,
    },
};

/// The backlog of a listener.
pub(super) const BACKLOG: i32 = 16;

pub(super) fn socket(like: SocketAddr, socket_type: SocketType) -> Result<OwnedFd> {
    let family = if like.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    socket_with(family, socket_type, SocketFlags::CLOEXEC, None)
}

pub(super) fn local(socket: impl AsFd) -> SocketAddr {
    let address = getsockname(socket).expect("an address");
    SocketAddr::try_from(address).expect("an inet address")
}

/// A bound socket with `SO_REUSEPORT`.
pub(super) fn bound(address: &str, socket_type: SocketType) -> Result<OwnedFd> {
    let address: SocketAddr = address.parse().expect("an address");
    let socket = socket(address, socket_type)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    bind(&socket, &address)?;
    Ok(socket)
}

/// A TCP listener; port 0 picks a free one.
pub(super) fn listen(address: &str) -> Result<OwnedFd> {
    let socket = bound(address, SocketType::STREAM)?;
    listen_with(&socket, BACKLOG)?;
    Ok(socket)
}

/// A socket connected to `remote`.
pub(super) fn connect(remote: SocketAddr, socket_type: SocketType) -> Result<OwnedFd> {
    let socket = socket(remote, socket_type)?;
    connect_to(&socket, &remote)?;
    Ok(socket)
}

/// An address as an IPv6 socket has it.
pub(super) fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) => SocketAddr::new(v4.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    }
}
