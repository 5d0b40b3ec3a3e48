//! Looks up one socket by its two ends.

mod own_sockets;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    ops::ControlFlow,
};

use procnet_core::{Inode, State, netlink::inet::Protocol, table::inet::Family};
use rustix::io::Errno;

pub use self::own_sockets::inode_of;

use crate::{
    Error, ErrorKind, Kind, Kinds, Owners, Query, Scanner, Socket, Source,
    coverage::{self, Fallback, Processes},
    details::Details,
    netns::NetnsHandle,
    owners::{OwnerDetails, OwnerSource},
    socket::{Attributes, inet_diag_row},
    source::Tuple,
};

/// A TCP or UDP socket identified by its two ends: for [`Scanner::lookup`].
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

    /// The TCP connection with these ends, in any state; if the remote end is all zeros, the
    /// [`listener`](Lookup::listener).
    #[must_use]
    pub fn tcp(local: SocketAddr, remote: SocketAddr) -> Lookup {
        Lookup::new(Transport::Tcp, local, remote)
    }

    /// The TCP socket that listens on this address.
    #[must_use]
    pub fn listener(local: SocketAddr) -> Lookup {
        Lookup::tcp(local, unspecified(local))
    }

    /// The UDP socket connected with these ends; if the remote end is all zeros, the unconnected
    /// one that is bound to the local end.
    #[must_use]
    pub fn udp(local: SocketAddr, remote: SocketAddr) -> Lookup {
        Lookup::new(Transport::Udp, local, remote)
    }

    /// Like [`udp`](Lookup::udp), for UDP-Lite.
    #[must_use]
    pub fn udplite(local: SocketAddr, remote: SocketAddr) -> Lookup {
        Lookup::new(Transport::UdpLite, local, remote)
    }

    /// Also finds a socket that is bound to the interface with this index (`SO_BINDTODEVICE`):
    /// sock_diag does not find it otherwise. The default is the scope of the local address, or of
    /// the remote one.
    #[must_use]
    pub fn interface(mut self, index: NonZeroU32) -> Lookup {
        self.interface = Some(index);
        self
    }

    /// The source to search. The default is [`Source::Auto`]: sock_diag if it works, else the table
    /// in /proc, which is read until the socket is found.
    #[must_use]
    pub fn source(mut self, source: Source) -> Lookup {
        self.source = source;
        self
    }

    /// The details to report besides the socket itself. The tables in /proc have none.
    #[must_use]
    pub fn details(mut self, details: Details) -> Lookup {
        self.details = details;
        self
    }

    /// Both ends in one family, with mapped addresses as IPv4; `None` if the families differ, as
    /// they do for no socket.
    fn tuple(&self) -> Option<Tuple> {
        let local = plain(self.local);
        let mut remote = plain(self.remote);
        if is_unspecified(remote) {
            remote = unspecified(local);
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

    /// Whether a socket has these ends.
    fn is(&self, tuple: &Tuple, state: State, local: SocketAddr, remote: SocketAddr) -> bool {
        let alone = is_unspecified(plain(remote));
        let listens = state == State::LISTEN || self.transport != Transport::Tcp;
        let at_remote = if is_unspecified(tuple.remote) {
            alone && listens
        } else {
            plain(remote) == tuple.remote
        };
        plain(local) == tuple.local && at_remote
    }
}

/// All zeros, in the family of an address.
fn unspecified(like: SocketAddr) -> SocketAddr {
    match like {
        SocketAddr::V4(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        SocketAddr::V6(_) => SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
    }
}

fn is_unspecified(end: SocketAddr) -> bool {
    end.ip().is_unspecified() && end.port() == 0
}

/// Drops what is not part of a tuple: scope, flow, and whether IPv4 is mapped into IPv6.
fn plain(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip().to_canonical(), end.port())
}

impl Scanner {
    /// The socket with exactly these two ends, or `None` if there is none. With sock_diag this
    /// takes some microseconds, however many sockets there are.
    ///
    /// *Exactly* means the ends as listed. A listener or an unconnected socket that would receive
    /// from the remote end does not match, nor does a socket bound to all addresses if a specific
    /// one is requested. Only the two notations of IPv4 are equal: an IPv6 socket with
    /// `::ffff:127.0.0.1` has the end `127.0.0.1`, and [`Socket::kind`] reports which it is. If
    /// several sockets have the same ends (`SO_REUSEPORT`), it is one of them. Sockets without an
    /// inode, such as `TIME_WAIT`, are found as well.
    ///
    /// The network namespace is that of the calling thread, or of process 1 of the root if the root
    /// is not the caller's own /proc; sock_diag reports the latter only with `CAP_SYS_ADMIN`.
    /// Owners are not looked for: see [`owners_of`](Scanner::owners_of).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoNetlink`] with [`Source::Netlink`], if sock_diag cannot be used; the error's
    /// source is the reason. Otherwise, if the table that would contain the socket cannot be read
    /// up to it. A socket that does not exist is not an error.
    pub fn lookup(&mut self, lookup: &Lookup) -> Result<Option<Socket<'_>>, Error> {
        let Some(tuple) = lookup.tuple() else { return Ok(None) };
        if matches!(lookup.source, Source::Auto | Source::Netlink) {
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
        self.look_up_by_visit(lookup, &tuple)
    }

    /// Whether the socket was found; it is kept in `found`.
    fn look_up_by_netlink(&mut self, lookup: &Lookup, tuple: Tuple) -> Result<bool, Fallback> {
        let netns = NetnsHandle::of_host(&self.root).map_err(|_| Fallback::OtherRoot)?;
        let widest = lookup.transport.kind(true);
        let asked = lookup.details.of(widest).extensions(widest);
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

    fn look_up_by_visit(
        &mut self,
        lookup: &Lookup,
        tuple: &Tuple,
    ) -> Result<Option<Socket<'_>>, Error> {
        // A mapped address may belong to an IPv6 socket.
        let v6 = Kinds::from(lookup.transport.kind(true));
        let both = v6 | lookup.transport.kind(false).into();
        let kinds = if tuple.local.is_ipv4() { both } else { v6 };
        let source = match lookup.source {
            // sock_diag cannot be used.
            Source::Auto => Source::Procfs,
            source => source,
        };
        let query = Query::new().kinds(kinds).source(source).owners(false);
        let mut query = query.local_port(tuple.local.port());
        if is_unspecified(tuple.remote) {
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

    /// Every descriptor that holds the socket with this inode, and what the walk could not see.
    ///
    /// Any process may hold it, so every process is examined: this costs as much as finding the
    /// owners of all sockets. To find the owners of many sockets, [visit](Scanner::visit) them
    /// instead.
    ///
    /// # Errors
    ///
    /// If processes cannot be listed.
    pub fn owners_of(&mut self, inode: Inode) -> Result<(Owners<'_>, Processes), Error> {
        self.pool.begin(OwnerDetails::default(), OwnerSource::Auto, &mut self.owners)?;
        let mut processes = self.pool.finish(&mut self.owners);
        self.pool.begin_other_tables(&mut self.other_tables);
        if self.owners.has(inode) {
            return Ok((self.owners.of(inode), processes));
        }
        self.other_tables.read(&self.root, &mut processes);
        Ok((self.other_tables.of(inode), processes))
    }
}
