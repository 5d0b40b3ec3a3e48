//! The kernel's notifications of sockets that end, joined with what looks at the tables saw before.
//!
//! A notification has neither owner nor user nor state nor birth, nor the time of the end, but only
//! comes after it. Of a connection that a look saw, owner, user and state are as of the last look,
//! and it lasted at least from the first look that saw it to the last; of one that none saw, all
//! that is unknown.

use std::{
    collections::HashMap,
    net::SocketAddr,
    os::fd::{AsFd, BorrowedFd},
    time::Instant,
};

use procnet::{
    Query, Scanner, Socket, State,
    coverage::Processes,
    events::{DestroyEvents, Destroyed, Received},
};

use crate::{
    Outcome,
    args::Life,
    error::Error,
    messages::{self, message},
    row::{Lasted, LifeOwner, LifeRow},
};

/// For how many looks a socket that they do not see is remembered: its notification may be late, or
/// the kernel may have left it out of a dump.
const REMEMBERED: u32 = 3;

pub(super) struct Notifications {
    events: DestroyEvents,
    looks: Query,
    shows_owners: bool,
    has_netns: bool,
    has_listeners: bool,
    /// By cookie.
    seen: HashMap<u64, Seen>,
    /// The number of looks.
    look: u32,
    processes: Option<Processes>,
    received: Received,
    /// How many may match the filter or not.
    undecided: u64,
    /// How many were reported without an owner, since no look saw one.
    without_owner: u64,
    outcome: Outcome,
    /// What the last look could not see.
    missing: Vec<String>,
    fallbacks: bool,
}

/// A socket that a look saw.
struct Seen {
    /// When the first look that saw it was over, and when the last one began.
    first: Instant,
    last: Instant,
    /// The last look that saw it.
    look: u32,
    state: State,
    remote: Option<SocketAddr>,
    uid: Option<u32>,
    owners: Vec<LifeOwner>,
    matches: Option<bool>,
}

impl Notifications {
    /// Subscribes, before the first look.
    pub(super) fn subscribe(scanner: &mut Scanner, args: &Life) -> Result<Notifications, Error> {
        let query = args.query()?;
        let shows_owners = args.shows_owners();
        let needs_owners = shows_owners || query.owners(false).needs_owners();
        let events = scanner.destroy_events(&args.query()?)?;
        Ok(Notifications {
            events,
            looks: args.looks(needs_owners)?,
            shows_owners,
            has_netns: args.selection.has_netns(),
            has_listeners: args.selection.has_listeners(),
            seen: HashMap::new(),
            look: 0,
            processes: None,
            received: Received::default(),
            undecided: 0,
            without_owner: 0,
            outcome: Outcome::Complete,
            missing: Vec::new(),
            fallbacks: args.selection.reports_fallbacks(),
        })
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }

    /// Looks at the tables.
    pub(super) fn look(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        let Notifications { events, looks, seen, look, processes, .. } = self;
        *look += 1;
        let begin = Instant::now();
        let coverage = scanner.visit(looks, |socket| {
            let Some(cookie) = socket.cookie() else { return };
            let matches = events.matches(socket, processes.as_ref());
            seen.entry(cookie)
                .and_modify(|seen| seen.update(socket, *look, begin, matches))
                .or_insert_with(|| Seen::of(socket, *look, begin, matches));
        })?;
        let end = Instant::now();
        let new = seen.values_mut().filter(|seen| seen.look == *look && seen.first == begin);
        new.for_each(|seen| seen.first = end);
        let oldest = look.saturating_sub(REMEMBERED);
        seen.retain(|_, seen| seen.look >= oldest);
        let missing = messages::missing(&coverage, self.fallbacks);
        if missing != self.missing {
            missing.iter().for_each(|line| message!("{line}"));
            self.missing = missing;
        }
        self.outcome = self.outcome.and(messages::outcome(&coverage));
        self.processes = coverage.processes;
        Ok(())
    }

    /// Passes what has ended to `each`, which returns whether it was asked for. Returns whether more
    /// may be waiting.
    pub(super) fn read(
        &mut self,
        mut each: impl FnMut(&LifeRow) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let Notifications { events, seen, has_netns, has_listeners, .. } = self;
        let (mut undecided, mut without_owner, mut passed) = (0, 0, Ok(()));
        let received = events.read(|destroyed| {
            let seen = destroyed.socket().cookie().and_then(|cookie| seen.remove(&cookie));
            if passed.is_err() || !is_reported(destroyed, seen.as_ref(), *has_listeners) {
                return;
            }
            match destroyed.matches().or(seen.as_ref().and_then(|seen| seen.matches)) {
                Some(true) => {}
                Some(false) => return,
                None => {
                    undecided += 1;
                    return;
                }
            }
            let row = row(destroyed, seen, *has_netns);
            match each(&row) {
                Ok(is_printed) => without_owner += u64::from(is_printed && row.owners.is_empty()),
                Err(error) => passed = Err(error),
            }
        });
        self.received += received.map_err(Error::Notifications)?;
        self.undecided += undecided;
        self.without_owner += without_owner;
        passed.map(|()| self.received.more)
    }

    /// Reports what is missing.
    pub(super) fn report(&self) -> Outcome {
        let mut lines: Vec<String> = self.received.to_string().lines().map(str::to_owned).collect();
        let count = |count: u64| match count {
            1 => "1 connection".to_owned(),
            more => format!("{more} connections"),
        };
        if self.undecided > 0 {
            let why = "it is unknown whether they match the filter";
            lines.push(format!("{} left out: {why}", count(self.undecided)));
        }
        if self.without_owner > 0 && self.shows_owners {
            let why = "no look at the processes found one before it ended";
            lines.push(format!("{} without an owner: {why}", count(self.without_owner)));
        }
        lines.iter().for_each(|line| message!("{line}"));
        self.outcome.and(Outcome::complete_if(lines.is_empty()))
    }
}

impl Seen {
    fn of(socket: &Socket<'_>, look: u32, begin: Instant, matches: Option<bool>) -> Seen {
        let (first, last) = (begin, begin);
        let (state, remote, uid) = (socket.state, socket.remote(), socket.uid());
        let owners = LifeOwner::all(socket.owners);
        Seen { first, last, look, state, remote, uid, owners, matches }
    }

    fn update(&mut self, socket: &Socket<'_>, look: u32, begin: Instant, matches: Option<bool>) {
        let is_orphan = socket.owners.is_empty() && !self.owners.is_empty();
        (self.look, self.last, self.state) = (look, begin, socket.state);
        self.remote = socket.remote().or(self.remote);
        if is_orphan {
            // Its process has closed it: what is known of that remains.
            return;
        }
        self.uid = socket.uid().or(self.uid);
        self.matches = matches.or(self.matches);
        let is_same = socket.owners.len() == self.owners.len()
            && socket
                .owners
                .iter()
                .zip(&self.owners)
                .all(|(owner, kept)| (owner.pid(), Some(owner.fd)) == (kept.pid, kept.fd));
        if !is_same {
            self.owners = LifeOwner::all(socket.owners);
        }
    }
}

/// Whether it was a connection, or something else that is asked for.
fn is_reported(destroyed: &Destroyed<'_>, seen: Option<&Seen>, has_listeners: bool) -> bool {
    let socket = destroyed.socket();
    if !socket.kind.is_tcp() {
        return destroyed.was_bound();
    }
    let has_peer = |end: Option<SocketAddr>| end.is_some_and(|end| end.port() != 0);
    let was_listener = seen.is_some_and(|seen| seen.state == State::LISTEN);
    // The peer of a connection that was refused is gone, but not its segments.
    let has_sent = || destroyed.tcp_info().and_then(|info| info.segs_out()).unwrap_or(0) > 0;
    match was_listener {
        true => has_listeners,
        false => has_peer(socket.remote()) || has_sent(),
    }
}

fn row(destroyed: &Destroyed<'_>, seen: Option<Seen>, has_netns: bool) -> LifeRow {
    let socket = destroyed.socket();
    let has_peer = |end: &SocketAddr| end.port() != 0;
    let remote = socket.remote().filter(has_peer);
    let remote = remote.or(seen.as_ref().and_then(|seen| seen.remote.filter(has_peer)));
    let is_listener = seen.as_ref().is_some_and(|seen| seen.state == State::LISTEN);
    let lasted = seen.as_ref().and_then(|seen| seen.last.checked_duration_since(seen.first));
    LifeRow {
        kind: socket.kind,
        // Of UDP, the notification has it.
        state: match socket.kind.is_tcp() {
            true => seen.as_ref().map(|seen| seen.state),
            false => Some(socket.state),
        },
        local: socket.local(),
        remote: if socket.kind.is_tcp() && !is_listener { remote } else { socket.remote() },
        direction: None,
        duration: lasted.map_or(Lasted::Unknown, Lasted::AtLeast),
        ended: destroyed.into(),
        uid: seen.as_ref().and_then(|seen| seen.uid),
        owners: seen.map(|seen| seen.owners).unwrap_or_default(),
        netns: socket.netns.filter(|_| has_netns).cloned(),
    }
}
