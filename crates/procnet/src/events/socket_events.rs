//! A subscription to births and ends of sockets, by BPF programs.

#[cfg(not(feature = "bpf"))]
#[path = "socket_events/no_program.rs"]
mod program;
#[cfg(feature = "bpf")]
mod program;

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
    time::Duration,
};

use self::program::Program;
use super::{
    Change, Direction, EventOptions, EventOwner, EventsReceived, Evidence, SocketEvent, Traffic,
    boot_clock::BootClock, owner_groups::OwnerGroups, seen, socket_event::OfEvent,
};
use crate::{
    Error, ErrorKind, Filter, Kinds, Name, Netns, ProcRoot, Query, Scanner, Socket, Source,
    coverage::{NoBpf, Processes},
    filter::{End, ResolvedNames, Simplified},
    netns::Namespace,
    socket::SocketFields,
};

/// A subscription to the births and ends of TCP sockets, with their owners, by BPF programs on the
/// kernel's tracepoints. See the [module](crate::events) for what is known of a socket.
///
/// It is a descriptor that is readable when something waits, for `poll` and the like, some 20 ms after
/// the event at the latest; reading never waits. Events queue in a buffer until they are read. If that
/// is full, the next ones are lost, and counted exactly: see [`EventsReceived`].
///
/// While there is one, each change of state of a TCP socket on the host takes about a microsecond of CPU
/// time longer, in whatever namespace: 4 to 6 µs for a connection with both ends on this host. Nothing
/// stays behind when it is dropped. Whoever has it needs no privilege any more, and sees the connections
/// of all users.
///
/// ```no_run
/// use procnet::{Kinds, Query, Scanner, events::{Change, EventOptions}};
///
/// let mut scanner = Scanner::new()?;
/// let query = Query::new().kinds(Kinds::TCP);
/// let mut events = scanner.socket_events(&query, EventOptions::new())?;
/// std::thread::sleep(std::time::Duration::from_secs(1));
/// let received = events.read(|event| {
///     if event.change() == Change::Ended {
///         let owner = event.owner().map_or(String::new(), |owner| owner.comm.to_string());
///         println!("{:?} of {owner}: {:?}", event.socket().remote(), event.duration());
///     }
/// })?;
/// eprint!("{received}"); // what was lost
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SocketEvents {
    program: Program,
    kinds: Kinds,
    filter: Option<Arc<Filter>>,
    /// The query, whose names are resolved when they are needed.
    query: Query,
    root: Arc<ProcRoot>,
    /// If the query selects namespaces: those that are known.
    namespaces: Option<Vec<Namespace>>,
    clock: BootClock,
    /// Whether those that do not match are passed on.
    unmatched: bool,
    text: Vec<u8>,
    /// The control groups of owners, if the filter needs them.
    groups: Option<OwnerGroups>,
    /// Whether births are passed on.
    births: bool,
}

/// What the programs are to report.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "bpf"), expect(dead_code, reason = "there is no program"))]
struct Selection {
    kinds: Kinds,
    /// The number of a network namespace, or 0 for all.
    netns: u32,
    /// Ports, or 0 for any.
    local_port: u16,
    remote_port: u16,
    options: EventOptions,
}

/// An event, as a program reports it. Times are those of the kernel's clock.
#[derive(Debug)]
struct Happened {
    fields: SocketFields,
    netns: u32,
    change: Change,
    direction: Option<Direction>,
    owner: Option<HappenedOwner>,
    time: Duration,
    began: Option<Duration>,
    traffic: Option<Traffic>,
}

#[derive(Debug)]
struct HappenedOwner {
    pid: Option<u32>,
    comm: Name,
    started: Duration,
    evidence: Evidence,
}

impl SocketEvents {
    /// The kinds of sockets with events; those of UDP only if their
    /// [first use](EventOptions::first_use) is watched.
    pub const KINDS: Kinds = Kinds::INET;

    /// The kinds of sockets that are reported: those of the query that have events.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// Whether a socket matches the filter of the query as a visit saw it: as
    /// [`DestroyEvents::matches`](super::DestroyEvents::matches), for sockets that began before the
    /// subscription.
    #[must_use]
    pub fn matches(&self, seen: &Socket<'_>, processes: Option<&Processes>) -> Option<bool> {
        let SocketEvents { filter, query, root, .. } = self;
        seen::matches(query, filter.as_deref(), root, seen, processes)
    }

    /// Passes what waits to `each`, in the order in which it happened on each CPU, and returns without
    /// waiting for more. Sockets that do not match the query are left out, unless
    /// [that is asked for](EventOptions::unmatched); those of which
    /// [that is unknown](SocketEvent::matches) are not.
    ///
    /// # Errors
    ///
    /// If the time of the next wake-up cannot be set. That events were lost is not an error.
    pub fn read(&mut self, mut each: impl FnMut(&SocketEvent<'_>)) -> io::Result<EventsReceived> {
        let SocketEvents {
            program,
            kinds,
            filter,
            query,
            root,
            namespaces,
            clock,
            unmatched,
            text,
            groups,
            births,
        } = self;
        let names = ResolvedNames::of(query, filter.as_deref(), root, text);
        let epoch = clock.epoch();
        let (mut began, mut ended) = (0, 0);
        let mut received = program.read(|happened| {
            let Happened { fields, netns, change, direction, owner, time, traffic, .. } = happened;
            if !kinds.contains(fields.kind) {
                return;
            }
            let netns = namespaces.as_mut().map(|known| namespace(known, netns));
            let mut event = SocketEvent {
                fields,
                netns,
                change,
                direction,
                owner: owner.map(|owner| {
                    let start_time = clock.ticks(owner.started);
                    let group = groups.as_mut().zip(owner.pid);
                    let group = group.map(|(groups, pid)| groups.of(root, pid, start_time));
                    EventOwner {
                        pid: owner.pid,
                        comm: owner.comm,
                        start_time,
                        evidence: owner.evidence,
                        control_group: group.unwrap_or_default(),
                    }
                }),
                time: epoch + time,
                uptime: clock.uptime(time),
                began: happened.began.map(|began| epoch + began),
                duration: happened.began.map(|began| time.saturating_sub(began)),
                traffic,
                matches: Some(true),
            };
            if change == Change::Began && !*births {
                // It was for the control group of its owner, who may end with the socket.
                return;
            }
            let matches = filter.as_deref().map_or(Some(true), |filter| {
                filter.decide(&OfEvent { event: &event, names: &names })
            });
            let is_of_process = query
                .pid
                .map_or(Some(true), |pid| event.owner.as_ref().map(|owner| owner.pid == Some(pid)));
            event.matches = match (matches, is_of_process) {
                (Some(false), _) | (_, Some(false)) if *unmatched => Some(false),
                (Some(false), _) | (_, Some(false)) => return,
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            match change {
                Change::Began => began += 1,
                Change::Ended => ended += 1,
            }
            each(&event);
        })?;
        (received.began, received.ended) = (began, ended);
        Ok(received)
    }
}

/// A namespace by its number: one that is known, or else from now on.
fn namespace(known: &mut Vec<Namespace>, number: u32) -> &Namespace {
    let inode = Some(u64::from(number));
    let at = known.iter().position(|netns| netns.inode == inode).unwrap_or_else(|| {
        known.push(Namespace { inode, ..Namespace::default() });
        known.len() - 1
    });
    &known[at]
}

impl AsFd for SocketEvents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.program.as_fd()
    }
}

impl Scanner {
    /// Subscribes to the births and ends of the TCP sockets that match a query, in its network namespace
    /// or, with [`Netns::All`], on the host.
    ///
    /// Needs `CAP_BPF` and `CAP_PERFMON`, or `CAP_SYS_ADMIN`, Linux 5.12, and the feature `bpf`.
    /// [`destroy_events`](Scanner::destroy_events) needs none of that, and reports less.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoBpf`] if there is no program: the [`NoBpf`] that is the
    /// [`source`](std::error::Error::source) says why, and what would help. [`ErrorKind::InvalidQuery`]
    /// if the query has another [source](Query::source) than BPF. The error of its namespace if that
    /// cannot be found.
    pub fn socket_events(
        &mut self,
        query: &Query,
        options: EventOptions,
    ) -> Result<SocketEvents, Error> {
        if !matches!(query.source, Source::Auto | Source::Bpf) {
            let why = "births and ends of sockets are reported by BPF only";
            return Err(Error::invalid_query(self.root.path(), why));
        }
        let no_bpf = |root: &ProcRoot, why| Error::no_bpf(root.path(), why);
        if !self.root.is_of_own_pid_namespace() {
            return Err(no_bpf(&self.root, NoBpf::OtherRoot));
        }
        let (netns, namespaces) = self.namespaces_of_events(query)?;
        let of_udp = if options.first_use { Kinds::UDP } else { Kinds::NONE };
        let kinds = query.kinds & (Kinds::TCP | of_udp);
        let Simplified { filter, kinds } = match &query.filter {
            Some(filter) => filter.simplified(kinds),
            None => Simplified { filter: None, kinds },
        };
        let port = |end| filter.as_deref().and_then(|filter| filter.only_port(end));
        let needs_groups = filter.as_deref().is_some_and(Filter::needs_control_groups);
        let births = options.births;
        let options = options.births(births || needs_groups);
        let selection = Selection {
            kinds,
            netns,
            local_port: port(End::Local).unwrap_or_default(),
            remote_port: port(End::Remote).unwrap_or_default(),
            options,
        };
        let program = Program::load(self.loader(), &selection);
        let program = program.map_err(|why| no_bpf(&self.root, why))?;
        Ok(SocketEvents {
            births,
            program,
            kinds: kinds & SocketEvents::KINDS,
            filter,
            query: query.clone(),
            clock: BootClock::of(&self.root, &mut self.text),
            root: self.root.clone(),
            unmatched: options.unmatched,
            namespaces: query.netns.is_some().then_some(namespaces),
            text: Vec::new(),
            groups: needs_groups.then(OwnerGroups::default),
        })
    }

    /// The number of the network namespace of a query, 0 for all, and the namespaces that are known.
    fn namespaces_of_events(&mut self, query: &Query) -> Result<(u32, Vec<Namespace>), Error> {
        // By default, the namespace of a process is its own.
        let of_process = query.pid.map(Netns::Pid);
        let netns = query.netns.as_ref().or(of_process.as_ref()).unwrap_or(&Netns::Own);
        if *netns == Netns::All {
            return Ok((0, self.namespaces()?));
        }
        let handle = self.one_namespace(netns)?;
        let number = handle.namespace.inode.and_then(|inode| u32::try_from(inode).ok());
        let denied = || Error::new(ErrorKind::PermissionDenied, handle.path_of(&self.root, ""));
        Ok((number.ok_or_else(denied)?, vec![handle.namespace.clone()]))
    }
}
