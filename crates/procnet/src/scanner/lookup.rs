//! One socket, by its ends.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    ops::ControlFlow,
};

use procnet_core::{
    Inode, State,
    netlink::inet::{self, Protocol},
    table::inet::Family,
};

use super::Scanner;
use crate::{
    Detail, Details, Error, ErrorKind, InetDiag, Kind, Kinds, Owners, Processes, Query, Socket,
    Source, source::netlink::desk::Ends,
};

/// One socket of TCP or UDP, by its two ends: for [`Scanner::lookup`].
///
/// ```
/// use procnet::{Lookup, Scanner};
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
    /// socket diagnostics find such a one only so. Unless told otherwise, the scope of the
    /// local address, or of the remote one.
    #[must_use]
    pub fn interface(mut self, index: NonZeroU32) -> Lookup {
        self.interface = Some(index);
        self
    }

    /// Where it is looked for. Unless told otherwise, [`Source::Auto`]: by socket diagnostics
    /// where they work, else in the table of /proc, from its beginning until it is found.
    #[must_use]
    pub fn source(mut self, source: Source) -> Lookup {
        self.source = source;
        self
    }

    /// What to ask for beside the socket itself. The tables of /proc tell none.
    #[must_use]
    pub fn details(mut self, details: Details) -> Lookup {
        self.details = details;
        self
    }

    /// Both ends in one family, the four bytes of a mapped address being IPv4; `None` if they
    /// are of two, as no socket's are.
    fn ends(&self) -> Option<Ends> {
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
        let same = local.is_ipv4() == remote.is_ipv4();
        same.then_some(Ends { protocol, local, remote, interface })
    }

    /// The socket that was told, if it is the one that was asked for.
    fn answer<'a>(&self, ends: &Ends, told: &inet::Socket<'a>) -> Option<Socket<'a>> {
        if !self.is(ends, told.state, told.local, told.remote) {
            return None;
        }
        let kind = self.transport.kind(told.family == Family::V6);
        let diag = InetDiag::new(kind, told, self.details, false).ok()?;
        Some(Socket::from_diag(kind, told.state, told.inode, Detail::InetDiag(diag)))
    }

    /// Whether a socket has these ends.
    fn is(&self, ends: &Ends, state: State, local: SocketAddr, remote: SocketAddr) -> bool {
        let alone = is_nothing(plain(remote));
        let listens = state == State::LISTEN || self.transport != Transport::Tcp;
        let at_remote =
            if is_nothing(ends.remote) { alone && listens } else { plain(remote) == ends.remote };
        plain(local) == ends.local && at_remote
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
    /// however many sockets there are, where socket diagnostics work.
    ///
    /// *Exactly*: what is listed with these ends. A listener or an unconnected socket that
    /// would take what comes from the remote end is not it, nor is one that is bound to all
    /// addresses if a single one was asked for. Only the two ways to write IPv4 are one: an
    /// IPv6 socket with `::ffff:127.0.0.1` has the end `127.0.0.1`, and
    /// [`Socket::kind`] says which it is. Of several sockets with the same ends
    /// (`SO_REUSEPORT`) it is one of them. `TIME_WAIT` and others are found, too, but have no
    /// inode.
    ///
    /// The network is that of the calling thread, or of the root's first process if the root is
    /// not the own /proc, which socket diagnostics tell of only with `CAP_SYS_ADMIN`. Owners are not looked for: see [`owners_of`](Scanner::owners_of).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoNetlink`] with [`Source::Netlink`], if socket diagnostics do not tell:
    /// with the reason as its source. Otherwise if the table that the socket would be in
    /// cannot be read to where it is; never because there is no such socket.
    pub fn lookup(&mut self, lookup: &Lookup) -> Result<Option<Socket<'_>>, Error> {
        let Some(ends) = lookup.ends() else { return Ok(None) };
        if lookup.source != Source::Procfs {
            let asked = lookup.details.of(lookup.transport.kind(true));
            match self.desk.find(&self.root, ends, asked.extensions()) {
                Ok(found) => {
                    let told = found.and_then(|length| self.desk.told(length));
                    return Ok(told.and_then(|told| lookup.answer(&ends, &told)));
                }
                Err(fallback) if lookup.source == Source::Netlink => {
                    let path = self.root.path_of(b"net");
                    let error = Error::io(path, fallback.failure().into());
                    return Err(error.with_kind(ErrorKind::NoNetlink));
                }
                Err(_) => {}
            }
        }
        self.look_up_in_tables(lookup, &ends)
    }

    fn look_up_in_tables(
        &mut self,
        lookup: &Lookup,
        ends: &Ends,
    ) -> Result<Option<Socket<'static>>, Error> {
        // A mapped address is one of IPv6.
        let v6 = Kinds::from(lookup.transport.kind(true));
        let both = v6 | lookup.transport.kind(false).into();
        let kinds = if ends.local.is_ipv4() { both } else { v6 };
        let query = Query::new().kinds(kinds).source(Source::Procfs).owners(false);
        let mut query = query.local_port(ends.local.port());
        if is_nothing(ends.remote) {
            query = query.listening();
        }
        let mut found = None;
        let coverage = self.visit(&query, |socket| {
            let Some(record) = socket.inet() else { return ControlFlow::Continue(()) };
            if !lookup.is(ends, record.state, record.local, record.remote) {
                return ControlFlow::Continue(());
            }
            found = Some(Socket::from_inet(socket.kind, *record));
            ControlFlow::Break(())
        })?;
        match coverage.unreadable.first() {
            Some((kind, failure)) if found.is_none() => {
                let path = format!("net/{kind}");
                Err(Error::io(self.root.path_of(path.as_bytes()), (*failure).into()))
            }
            _ => Ok(found),
        }
    }

    /// Every descriptor that holds a socket, by its inode, and what the walk could not see.
    ///
    /// Every process is looked at, as any may hold it: this costs what the owners of all
    /// sockets cost. Who asks for many sockets [visits](Scanner::visit) them instead.
    ///
    /// # Errors
    ///
    /// If processes cannot be listed.
    pub fn owners_of(&mut self, inode: Inode) -> Result<(Owners<'_>, Processes), Error> {
        self.crew.begin(false, &mut self.owners)?;
        let processes = self.crew.finish(&mut self.owners);
        Ok((self.owners.of(inode), processes))
    }
}
