//! One socket, by its two ends.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    num::NonZeroU32,
    ops::ControlFlow,
    os::fd::AsFd,
};

use procnet_core::{Inode, State, netlink::inet::Protocol, table::inet::Family};
use rustix::{fs::FileType, io::Errno};

use crate::{
    Error, ErrorKind, Kind, Kinds, Owners, Query, Scanner, Socket, Source,
    coverage::{self, Fallback, Processes},
    details::Details,
    netns::NetnsHandle,
    socket::{Attributes, inet_diag_row},
    source::Tuple,
};

/// One socket of TCP or UDP, by its two ends: for [`Scanner::lookup`].
///
/// ```
/// use procnet::{lookup::Lookup, Scanner};
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let mut scanner = Scanner::new()?;
/// let found = scanner.lookup(&Lookup::listener(listener.local_addr()?))?;
/// let inode = found.and_then(|socket| socket.inode).expect("it listens");
/// let (owners, _seen) = scanner.owners_of(inode)?;
/// assert!(owners.iter().any(|owner| owner.pid() == std::process::id()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    transport: Transport,
    local: SocketAddr,
    remote: SocketAddr,
    interface: Option<NonZeroU32>,
    source: Source,
    details: Details,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
    UdpLite,
}

impl Transport {
    fn protocol(self) -> Protocol {
        match self {
            Transport::Tcp => Protocol::TCP,
            Transport::Udp => Protocol::UDP,
            Transport::UdpLite => Protocol::UDPLITE,
        }
    }

    fn kind(self, is_v6: bool) -> Kind {
        match (self, is_v6) {
            (Transport::Tcp, false) => Kind::Tcp,
            (Transport::Tcp, true) => Kind::Tcp6,
            (Transport::Udp, false) => Kind::Udp,
            (Transport::Udp, true) => Kind::Udp6,
            (Transport::UdpLite, false) => Kind::UdpLite,
            (Transport::UdpLite, true) => Kind::UdpLite6,
        }
    }
}

impl Lookup {
    fn new(transport: Transport, local: SocketAddr, remote: SocketAddr) -> Lookup {
        let (interface, source, details) = (None, Source::Auto, Details::NONE);
        Lookup { transport, local, remote, interface, source, details }
    }

    /// The TCP connection between these two, in whatever state; with a remote end of all
    /// zeros, the [`listener`](Lookup::listener).
    #[must_use]
    pub fn tcp(local: SocketAddr, remote: SocketAddr) -> Lookup {
        Lookup::new(Transport::Tcp, local, remote)
    }

    /// The TCP socket that listens there.
    #[must_use]
    pub fn listener(local: SocketAddr) -> Lookup {
        Lookup::tcp(local, nothing(local))
    }

    /// The UDP socket that is connected so; with a remote end of all zeros, the one that is
    /// bound there and not connected.
    #[must_use]
    pub fn udp(local: SocketAddr, remote: SocketAddr) -> Lookup {
        Lookup::new(Transport::Udp, local, remote)
    }

    /// The same of UDP-Lite.
    #[must_use]
    pub fn udplite(local: SocketAddr, remote: SocketAddr) -> Lookup {
        Lookup::new(Transport::UdpLite, local, remote)
    }

    /// Finds also a socket that is bound to this interface (`SO_BINDTODEVICE`), by its index:
    /// sock_diag finds it in no other way. By default, the scope of the
    /// local address, or of the remote one.
    #[must_use]
    pub fn interface(mut self, index: NonZeroU32) -> Lookup {
        self.interface = Some(index);
        self
    }

    /// Where it is looked for. By default, [`Source::Auto`]: by sock_diag where it works, else in
    /// the table in /proc, from its beginning until it is found.
    #[must_use]
    pub fn source(mut self, source: Source) -> Lookup {
        self.source = source;
        self
    }

    /// What to ask for beside the socket itself. The tables in /proc have no details.
    #[must_use]
    pub fn details(mut self, details: Details) -> Lookup {
        self.details = details;
        self
    }

    /// Both ends in one family, the four bytes of a mapped address being IPv4; `None` if they
    /// are of two, as no socket's are.
    fn tuple(&self) -> Option<Tuple> {
        let local = plain(self.local);
        let mut remote = plain(self.remote);
        if is_nothing(remote) {
            remote = nothing(local);
        }
        let scope = |end: SocketAddr| match end {
            SocketAddr::V6(end) => NonZeroU32::new(end.scope_id()),
            SocketAddr::V4(_) => None,
        };
        let scope = scope(self.local).or_else(|| scope(self.remote));
        let (protocol, interface) = (self.transport.protocol(), self.interface.or(scope));
        let kind = self.transport.kind(local.is_ipv6());
        let same = local.is_ipv4() == remote.is_ipv4();
        same.then_some(Tuple { protocol, kind, local, remote, interface })
    }

    /// Whether a socket has these tuple.
    fn is(&self, tuple: &Tuple, state: State, local: SocketAddr, remote: SocketAddr) -> bool {
        let alone = is_nothing(plain(remote));
        let listens = state == State::LISTEN || self.transport != Transport::Tcp;
        let at_remote =
            if is_nothing(tuple.remote) { alone && listens } else { plain(remote) == tuple.remote };
        plain(local) == tuple.local && at_remote
    }
}

/// All zeros, in the family of an address.
fn nothing(like: SocketAddr) -> SocketAddr {
    match like {
        SocketAddr::V4(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        SocketAddr::V6(_) => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
    }
}

fn is_nothing(end: SocketAddr) -> bool {
    end.ip().is_unspecified() && end.port() == 0
}

/// Without what is no part of a tuple: scope and flow, and whether IPv4 is mapped into IPv6.
fn plain(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip().to_canonical(), end.port())
}

impl Scanner {
    /// The socket with exactly these two ends, or `None` if there is none: some microseconds,
    /// however many sockets there are, where sock_diag works.
    ///
    /// *Exactly*: what is listed with these tuple. A listener or an unconnected socket that
    /// would take what comes from the remote end is not it, nor is one that is bound to all
    /// addresses if a single one was asked for. Only the two ways to write IPv4 are one: an
    /// IPv6 socket with `::ffff:127.0.0.1` has the end `127.0.0.1`, and
    /// [`Socket::kind`] says which it is. Of several sockets with the same ends
    /// (`SO_REUSEPORT`) it is one of them. `TIME_WAIT` and others are found, too, but have no
    /// inode.
    ///
    /// The network namespace is that of the calling thread, or of the root's first process if the
    /// root is not the caller's own /proc; sock_diag reports the latter only with `CAP_SYS_ADMIN`.
    /// Owners are not looked for: see [`owners_of`](Scanner::owners_of).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoNetlink`] with [`Source::Netlink`], if sock_diag cannot be asked: with the
    /// reason as its source. Otherwise if the table that the socket would be in
    /// cannot be read to where it is; never because there is no such socket.
    pub fn lookup(&mut self, lookup: &Lookup) -> Result<Option<Socket<'_>>, Error> {
        let Some(tuple) = lookup.tuple() else { return Ok(None) };
        if lookup.source != Source::Procfs {
            match self.look_up_by_netlink(lookup, tuple) {
                Ok(is_found) => return Ok(is_found.then(|| self.found.get(0)).flatten()),
                Err(fallback) if lookup.source == Source::Netlink => {
                    let path = self.root.path_of(b"net");
                    let error = Error::io(path, coverage::errno(fallback.failure()));
                    return Err(error.with_kind(ErrorKind::NoNetlink));
                }
                Err(_) => {}
            }
        }
        self.look_up_in_tables(lookup, &tuple)
    }

    /// Whether the socket is found; it is then kept.
    fn look_up_by_netlink(&mut self, lookup: &Lookup, tuple: Tuple) -> Result<bool, Fallback> {
        let netns = NetnsHandle::of_host(&self.root).map_err(|_| Fallback::OtherRoot)?;
        let asked = lookup.details.of(lookup.transport.kind(true)).extensions();
        let mut client = self.sources.client.lock();
        let Some(payload) = client.find(&self.root, &netns, tuple, asked)? else {
            return Ok(false);
        };
        let kind = |family| lookup.transport.kind(family == Family::V6);
        // Every attribute has to decode.
        let attributes = Attributes { details: lookup.details, for_filter: true };
        let row = inet_diag_row(payload, kind, attributes);
        let row = row.map_err(|_| Fallback::of(Errno::BADMSG))?;
        let socket = row.socket();
        let (local, remote) = (socket.local(), socket.remote());
        let is_it = local
            .zip(remote)
            .is_some_and(|(local, remote)| lookup.is(&tuple, socket.state, local, remote));
        if is_it {
            self.found.clear();
            self.found.push(&socket);
        }
        Ok(is_it)
    }

    fn look_up_in_tables(
        &mut self,
        lookup: &Lookup,
        tuple: &Tuple,
    ) -> Result<Option<Socket<'_>>, Error> {
        // A mapped address is one of IPv6.
        let v6 = Kinds::from(lookup.transport.kind(true));
        let both = v6 | lookup.transport.kind(false).into();
        let kinds = if tuple.local.is_ipv4() { both } else { v6 };
        let query = Query::new().kinds(kinds).source(Source::Procfs).owners(false);
        let mut query = query.local_port(tuple.local.port());
        if is_nothing(tuple.remote) {
            query = query.listening();
        }
        let mut found = std::mem::take(&mut self.found);
        found.clear();
        let visited = self.visit(&query, |socket| {
            let (Some(local), Some(remote)) = (socket.local(), socket.remote()) else {
                return ControlFlow::Continue(());
            };
            if !lookup.is(tuple, socket.state, local, remote) {
                return ControlFlow::Continue(());
            }
            found.push(socket);
            ControlFlow::Break(())
        });
        self.found = found;
        let (coverage, _) = visited?;
        match coverage.unreadable.first() {
            Some((kind, failure)) if self.found.len() == 0 => {
                let path = format!("net/{kind}");
                Err(Error::io(self.root.path_of(path.as_bytes()), coverage::errno(*failure)))
            }
            _ => Ok(self.found.get(0)),
        }
    }

    /// Every descriptor that holds a socket, by its inode, and what the walk could not see.
    ///
    /// Every process is looked at, as any may hold it: this costs what the owners of all
    /// sockets cost. To look up the owners of many sockets, [visit](Scanner::visit) them instead.
    ///
    /// # Errors
    ///
    /// If processes cannot be listed.
    pub fn owners_of(&mut self, inode: Inode) -> Result<(Owners<'_>, Processes), Error> {
        self.pool.begin(false, &mut self.owners)?;
        let processes = self.pool.finish(&mut self.owners);
        Ok((self.owners.of(inode), processes))
    }
}

/// The inode of a socket of this process, by which to recognise it in an answer: addresses need not
/// be unique.
///
/// ```
/// use procnet::{Kinds, Query, Scanner};
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let inode = procnet::lookup::inode_of(&listener)?;
/// let mut found = None;
/// Scanner::new()?.visit(&Query::new().kinds(Kinds::TCP).pid(std::process::id()), |socket| {
///     if socket.inode == Some(inode) {
///         found = socket.local();
///     }
/// })?;
/// assert_eq!(found, listener.local_addr().ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) if the descriptor is not a socket, or the error of
/// `fstat(2)`.
pub fn inode_of(socket: impl AsFd) -> io::Result<Inode> {
    let stat = rustix::fs::fstat(socket)?;
    let is_socket = FileType::from_raw_mode(stat.st_mode) == FileType::Socket;
    #[allow(clippy::useless_conversion, reason = "not 64 bits wide on every architecture")]
    let inode = Inode::new(stat.st_ino.into()).filter(|_| is_socket);
    inode.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a socket"))
}

/// Finds the stream's own socket. If its peer is on this host, that socket is found by
/// `Lookup::tcp(stream.peer_addr()?, stream.local_addr()?)`.
///
/// ```
/// use procnet::{lookup::Lookup, Scanner};
/// use std::net::{TcpListener, TcpStream};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let stream = TcpStream::connect(listener.local_addr()?)?;
/// let found = Scanner::new()?.lookup(&Lookup::try_from(&stream)?)?.and_then(|socket| socket.inode);
/// assert_eq!(found, Some(procnet::lookup::inode_of(&stream)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl TryFrom<&TcpStream> for Lookup {
    type Error = io::Error;

    fn try_from(stream: &TcpStream) -> io::Result<Lookup> {
        Ok(Lookup::tcp(stream.local_addr()?, stream.peer_addr()?))
    }
}

impl TryFrom<&TcpListener> for Lookup {
    type Error = io::Error;

    fn try_from(listener: &TcpListener) -> io::Result<Lookup> {
        Ok(Lookup::listener(listener.local_addr()?))
    }
}

/// Finds the socket, connected or not.
impl TryFrom<&UdpSocket> for Lookup {
    type Error = io::Error;

    fn try_from(socket: &UdpSocket) -> io::Result<Lookup> {
        let local = socket.local_addr()?;
        let unconnected: IpAddr = match local {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        match socket.peer_addr() {
            Ok(remote) => Ok(Lookup::udp(local, remote)),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                Ok(Lookup::udp(local, SocketAddr::new(unconnected, 0)))
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_socket_has_a_socket_inode() {
        let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_ne!(inode_of(&one).unwrap(), inode_of(&other).unwrap());
        let file = std::fs::File::open("/").unwrap();
        assert_eq!(inode_of(file).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn sockets_of_this_process_are_found() {
        let mut scanner = crate::Scanner::new().unwrap();
        let mut find = |lookup: io::Result<Lookup>| {
            scanner.lookup(&lookup.unwrap()).unwrap().and_then(|socket| socket.inode)
        };
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            assert_eq!(find(Lookup::try_from(&listener)), inode_of(&listener).ok());
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            assert_eq!(find(Lookup::try_from(&stream)), inode_of(&stream).ok());
            let udp = UdpSocket::bind(address).unwrap();
            assert_eq!(find(Lookup::try_from(&udp)), inode_of(&udp).ok());
            udp.connect(listener.local_addr().unwrap()).unwrap();
            assert_eq!(find(Lookup::try_from(&udp)), inode_of(&udp).ok());
        }
    }
}
