//! What socket diagnostics tell of a socket, in members of their own: a table has columns
//! that they have not, and they tell what no table has.

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use procnet_core::{
    Error as DecodeError, Inode, State,
    netlink::{inet, unix},
    table::{inet::Timer, unix::SocketType},
};

use crate::{Details, Kind, SocketDetails, owners::Join};

/// A socket with addresses, as socket diagnostics tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InetDiag<'a> {
    /// This end. Of a raw socket the port is its protocol.
    pub local: SocketAddr,
    /// The other end, all zeros if there is none; a raw socket has no port there.
    pub remote: SocketAddr,
    /// The interface that it is bound to.
    pub interface: Option<NonZeroU32>,
    /// A number that no other socket of this boot has.
    pub cookie: u64,
    /// Which timer is running.
    pub timer: Timer,
    /// How often the timer has led to another try.
    pub retransmits: u8,
    /// How long until the timer expires, to the millisecond; `None` if none is running.
    pub expires: Option<Duration>,
    /// Its user. `None` for `TIME_WAIT` and request socks: the kernel says 0, whoever they
    /// belong to (net/ipv4/inet_diag.c `inet_twsk_diag_fill`, `inet_req_diag_fill`).
    pub uid: Option<u32>,
    /// Bytes not read yet; of a TCP listener, connections not accepted yet.
    pub rx_queue: u32,
    /// Bytes not acknowledged yet. `None` for a TCP listener, which sends nothing.
    pub tx_queue: Option<u32>,
    /// How many connections may wait at a TCP listener; `None` for all others.
    pub backlog: Option<u32>,
    /// What else was asked for.
    pub details: SocketDetails<'a>,
    /// Its mark, if a filter asks for it and it is told.
    pub(crate) mark: Option<u32>,
    /// The number of its control group, if a filter asks for it and it is told.
    pub(crate) control_group: Option<u64>,
}

impl<'a> InetDiag<'a> {
    #[inline]
    pub(crate) fn new(
        kind: Kind,
        socket: &inet::Socket<'a>,
        details: Details,
        for_filter: bool,
    ) -> Result<InetDiag<'a>, DecodeError> {
        let mut remote = socket.remote;
        if matches!(kind, Kind::Raw | Kind::Raw6) {
            // What was given to `connect`, and means nothing.
            remote.set_port(0);
        }
        let is_request = socket.state == State::SYN_RECV && socket.inode.is_none();
        let is_miniature = kind.is_tcp() && (is_request || socket.timer == Timer::TIME_WAIT);
        let listens = kind.is_tcp() && socket.state == State::LISTEN;
        let runs = socket.timer != Timer::OFF;
        let mut diag = InetDiag {
            local: socket.local,
            remote,
            interface: socket.interface,
            cookie: socket.cookie,
            timer: socket.timer,
            retransmits: socket.retransmits,
            expires: runs.then(|| Duration::from_millis(socket.expires.into())),
            uid: (!is_miniature).then_some(socket.uid),
            rx_queue: socket.receive_queue,
            tx_queue: (!listens).then_some(socket.transmit_queue),
            backlog: listens.then_some(socket.transmit_queue),
            mark: None,
            control_group: None,
            details: SocketDetails::inet(details.of(kind), socket)?,
        };
        if !for_filter {
            return Ok(diag);
        }
        for detail in socket.details() {
            match detail? {
                inet::Detail::Mark(mark) => diag.mark = Some(mark),
                inet::Detail::ControlGroup(group) => diag.control_group = Some(group),
                _ => {}
            }
        }
        Ok(diag)
    }
}

/// A unix socket, as socket diagnostics tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnixDiag<'a> {
    /// Stream, datagram or sequenced packets.
    pub kind: SocketType,
    /// A number that no other socket of this boot has.
    pub cookie: u64,
    /// Its name, byte for byte: no other socket can pass for it.
    pub name: Option<unix::Name<'a>>,
    /// The inode of the other end; `None` if there is none, or if it was not accepted yet.
    pub peer: Option<Inode>,
    /// Its user; `None` where the kernel does not tell, as Linux 4.19 does not.
    pub uid: Option<u32>,
    /// What else was asked for.
    pub details: SocketDetails<'a>,
    /// Who knows its peer's owners.
    pub(crate) join: Join<'a>,
}

impl<'a> UnixDiag<'a> {
    pub(crate) fn new(
        socket: &unix::Socket<'a>,
        details: Details,
    ) -> Result<UnixDiag<'a>, DecodeError> {
        let (kind, cookie) = (socket.kind, socket.cookie);
        let details = SocketDetails::unix(details.of(Kind::Unix), socket);
        let (name, peer, uid, join) = (None, None, None, Join::None);
        let mut diag = UnixDiag { kind, cookie, name, peer, uid, details, join };
        for detail in socket.details() {
            match detail? {
                unix::Detail::Name(name) => diag.name = Some(name),
                unix::Detail::Peer(peer) => diag.peer = peer,
                unix::Detail::Uid(uid) => diag.uid = Some(uid),
                _ => {}
            }
        }
        Ok(diag)
    }
}
