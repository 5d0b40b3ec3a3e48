//! A subscription to the destroy notifications of a network namespace.

use std::{
    fmt,
    ops::AddAssign,
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
    time::SystemTime,
};

use procnet_core::{
    ByteOrder,
    netlink::{Content, Messages},
};

use super::{Destroyed, destroyed::OfDestroyed, seen};
use crate::{
    Error, ErrorKind, Filter, Kind, Kinds, Netns, ProcRoot, Query, Scanner, Socket, Source,
    coverage::{self, Failure, Fallback, Processes},
    details::Details,
    filter::ResolvedNames,
    netlink::{self, DATAGRAM, MulticastSocket, Protocol},
    netns::{Namespace, NetnsHandle, in_helper_thread, move_to},
};

/// The size of the receive buffer that is asked for, in bytes. The kernel doubles it, and counts
/// some 1,280 bytes for a notification of TCP.
const RECEIVE_BUFFER: usize = 16 << 20;

/// The most datagrams that one call receives, so that nobody who sends without a pause keeps it.
const BATCH: u32 = 8192;

/// The kinds with destroy notifications, each with its group (include/uapi/linux/sock_diag.h
/// `enum sknetlink_groups`).
const GROUPS: [(Kind, u32); 4] = [(Kind::Tcp, 1), (Kind::Udp, 2), (Kind::Tcp6, 3), (Kind::Udp6, 4)];

/// A subscription to the destroy notifications of a network namespace: reports each TCP and UDP
/// socket that ends. See the [module](crate::events) for what a notification has.
///
/// It is a descriptor that is readable when something waits, for `poll` and the like; reading never
/// waits. Notifications queue in the kernel until they are read. If their buffer is full, the next
/// ones are lost, and [`Received::lost`] says that: read often, or
/// [enlarge](DestroyEvents::set_receive_buffer) the buffer.
///
/// The subscription keeps its network namespace alive. While there is one, the kernel makes a
/// message of each socket of these kinds that ends in it.
///
/// ```
/// use procnet::{Kinds, Query, Scanner};
/// use std::net::TcpListener;
///
/// let mut scanner = Scanner::new()?;
/// let mut events = scanner.destroy_events(&Query::new().kinds(Kinds::TCP))?;
/// drop(TcpListener::bind("127.0.0.1:0")?);
/// let received = events.read(|destroyed| {
///     let sent = destroyed.tcp_info().and_then(|info| info.bytes_sent());
///     println!("{:?}: {sent:?} bytes sent", destroyed.socket().local());
/// })?;
/// eprint!("{received}"); // what was lost
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DestroyEvents {
    socket: MulticastSocket,
    kinds: Kinds,
    details: Details,
    filter: Option<Arc<Filter>>,
    /// The query, whose names are resolved when they are needed.
    query: Query,
    root: Arc<ProcRoot>,
    /// If the query selects namespaces.
    netns: Option<Namespace>,
    buffer: Vec<u8>,
    text: Vec<u8>,
}

/// What one call of [`DestroyEvents::read`] received; several can be added up.
///
/// `Display` writes a line for each thing that is missing, and nothing if it
/// [is complete](Received::is_complete).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The sockets passed to the visitor.
    pub destroyed: u64,
    /// How often the kernel reported that its buffer was full (`ENOBUFS`): each time, at least one
    /// notification was lost; how many is unknown.
    pub lost: u64,
    /// Messages that do not decode.
    pub undecodable: u64,
    /// Datagrams of other senders than the kernel, which were discarded: somebody tries to forge
    /// notifications. Nothing is missing because of them.
    pub foreign: u64,
    /// Whether more may be waiting, as the call ended after thousands of datagrams.
    pub more: bool,
}

impl Received {
    /// Whether nothing was lost.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let Received { destroyed: _, lost, undecodable, foreign: _, more: _ } = *self;
        (lost, undecodable) == (0, 0)
    }
}

/// Adds the counts; of [`more`](Received::more), that of the later call remains.
impl AddAssign for Received {
    fn add_assign(&mut self, later: Received) {
        let Received { destroyed, lost, undecodable, foreign, more } = later;
        self.destroyed += destroyed;
        self.lost += lost;
        self.undecodable += undecodable;
        self.foreign += foreign;
        self.more = more;
    }
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Received { destroyed: _, lost, undecodable, foreign: _, more: _ } = *self;
        if lost > 0 {
            writeln!(
                f,
                "notifications of sockets that ended were lost, as they came faster than they were \
                 read: at least {lost}; how many is unknown"
            )?;
        }
        match undecodable {
            0 => Ok(()),
            1 => writeln!(f, "1 notification of a socket that ended does not decode"),
            more => writeln!(f, "{more} notifications of sockets that ended do not decode"),
        }
    }
}

impl DestroyEvents {
    /// The kinds of sockets with destroy notifications.
    pub const KINDS: Kinds = Kinds::INET;

    /// The kinds of sockets whose end is reported: those of the query that have notifications.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Sets the size of the receive buffer in bytes, and returns the size that it has then: the
    /// kernel doubles it, and limits it to twice `net.core.rmem_max` without `CAP_NET_ADMIN` in the
    /// initial user namespace. A notification of TCP takes some 1,280 bytes, one of UDP 770. By
    /// default, 16 MiB are requested; they are used only while notifications wait.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn set_receive_buffer(&mut self, bytes: usize) -> std::io::Result<usize> {
        Ok(self.socket.set_receive_buffer(bytes)?)
    }

    /// Whether a socket matches the filter of the query as a visit saw it: decides what
    /// [`Destroyed::matches`] leaves open of the same socket. `processes` is how completely owners
    /// [were seen](crate::Coverage::processes), if that is known from a visit before. `None` if it
    /// depends on owners that may not have been visible, or on what the visit did not read.
    ///
    /// The visit should be of a query without a filter: what a filter excludes is not seen.
    #[must_use]
    pub fn matches(&self, seen: &Socket<'_>, processes: Option<&Processes>) -> Option<bool> {
        let DestroyEvents { filter, query, root, .. } = self;
        seen::matches(query, filter.as_deref(), root, seen, processes)
    }

    /// Passes what waits to `each`, in the order of the kernel's notifications, and returns without
    /// waiting for more. Sockets that do not match the query's filter are left out; those of which
    /// [that is unknown](Destroyed::matches) are not.
    ///
    /// # Errors
    ///
    /// If the socket cannot be read. That notifications were lost is not an error.
    pub fn read(&mut self, mut each: impl FnMut(&Destroyed<'_>)) -> std::io::Result<Received> {
        let DestroyEvents { socket, kinds, details, filter, query, root, netns, buffer, text } =
            self;
        let names = ResolvedNames::of(query, filter.as_deref(), root, text);
        let mut received = Received::default();
        for _datagram in 0..BATCH {
            let length = match socket.receive(buffer)? {
                netlink::Received::Datagram(length) => length,
                netlink::Received::TooLong => {
                    received.undecodable += 1;
                    continue;
                }
                netlink::Received::Foreign => {
                    received.foreign += 1;
                    continue;
                }
                netlink::Received::Lost => {
                    received.lost += 1;
                    continue;
                }
                netlink::Received::Nothing => return Ok(received),
            };
            let time = SystemTime::now();
            let datagram = buffer.get(..length).unwrap_or_default();
            for message in Messages::new(datagram, ByteOrder::NATIVE) {
                let payload = match message.and_then(|message| message.content()) {
                    Ok(Content::Data(payload)) => payload,
                    Ok(_) => continue,
                    Err(_) => {
                        received.undecodable += 1;
                        continue;
                    }
                };
                let mut destroyed = match Destroyed::decode(payload, *details, time) {
                    Ok(Some(destroyed)) if kinds.contains(destroyed.fields.kind) => destroyed,
                    Ok(_) => continue,
                    Err(_) => {
                        received.undecodable += 1;
                        continue;
                    }
                };
                destroyed.netns = netns.as_ref();
                let matches = filter.as_deref().map_or(Some(true), |filter| {
                    filter.decide(&OfDestroyed { destroyed: &destroyed, names: &names })
                });
                if matches == Some(false) {
                    continue;
                }
                // Whose it was is unknown.
                destroyed.matches = matches.filter(|_| query.pid.is_none());
                received.destroyed += 1;
                each(&destroyed);
            }
        }
        received.more = true;
        Ok(received)
    }
}

impl AsFd for DestroyEvents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Scanner {
    /// Subscribes to the ends of the TCP and UDP sockets that match a query, in its network
    /// namespace.
    ///
    /// Subscribe before a [snapshot](Scanner::snapshot) of the same query, and nothing that ends
    /// after it is missed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoNetlink`] if there are no notifications here: the root is not a running
    /// kernel's, the kernel or a seccomp filter refuses netlink sockets, the network namespace cannot
    /// be entered, or the query's source is [`Source::Procfs`] or [`Source::Recorded`].
    /// [`ErrorKind::InvalidQuery`] if it selects [all](Netns::All) network namespaces: a
    /// subscription is to one. The error of its namespace if that cannot be found.
    pub fn destroy_events(&mut self, query: &Query) -> Result<DestroyEvents, Error> {
        let of_process = query.pid.map(Netns::Pid);
        let netns = query.netns.as_ref().or(of_process.as_ref()).unwrap_or(&Netns::Own);
        if *netns == Netns::All {
            let why = "sockets that end are reported of one network namespace at a time";
            return Err(Error::invalid_query(self.root.path(), why));
        }
        let handle = self.one_namespace(netns)?;
        let refused = |refusal: Fallback| {
            let errno = coverage::errno(refusal.failure());
            let error = Error::io(handle.path_of(&self.root, ""), errno);
            error.with_kind(ErrorKind::NoNetlink).after(Some(refusal))
        };
        if !self.root.is_live() {
            return Err(refused(Fallback::OtherRoot));
        }
        if matches!(query.source, Source::Procfs | Source::Recorded) {
            return Err(refused(Fallback::Unsupported));
        }
        let simplified = match &query.filter {
            Some(filter) => filter.simplified(query.kinds & DestroyEvents::KINDS),
            None => crate::filter::Simplified { filter: None, kinds: query.kinds },
        };
        let kinds = simplified.kinds & DestroyEvents::KINDS;
        let groups = GROUPS.iter().filter(|(kind, _)| kinds.contains(*kind));
        let groups = groups.map(|(_, group)| 1 << (group - 1)).sum();
        let socket = open(&self.root, &handle, groups).map_err(refused)?;
        let sized = socket.set_receive_buffer(RECEIVE_BUFFER).map_err(Fallback::of_socket);
        sized.map_err(refused)?;
        Ok(DestroyEvents {
            socket,
            kinds,
            details: query.details,
            filter: simplified.filter,
            query: query.clone(),
            root: self.root.clone(),
            netns: query.netns.is_some().then_some(handle.namespace),
            buffer: vec![0; DATAGRAM],
            text: Vec::new(),
        })
    }
}

/// Subscribes in a network namespace.
fn open(root: &ProcRoot, netns: &NetnsHandle, groups: u32) -> Result<MulticastSocket, Fallback> {
    let open = || MulticastSocket::open(Protocol::SockDiag, groups).map_err(Fallback::of_socket);
    if netns.is_callers {
        return open();
    }
    let not_entered = |errno| Fallback::NotEntered(Failure::new(errno));
    let ns_path = netns.enter(root).map_err(not_entered)?;
    let opened = in_helper_thread(|| {
        move_to(ns_path.as_fd()).map_err(not_entered)?;
        open()
    });
    opened.map_err(not_entered)?
}
