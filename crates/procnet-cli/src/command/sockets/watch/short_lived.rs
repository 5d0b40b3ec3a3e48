//! How many sockets ended between two looks, and how many of those no look saw: from the kernel's destroy
//! notifications, which need no privilege; by BPF, where it is permitted, if the filter is about owners or
//! all network namespaces are watched. Only numbers are kept, so it costs little.

use std::{collections::HashSet, fmt, io, net::SocketAddr};

use procnet::{
    Coverage, Error, Kind, Kinds, Query, Scanner, Socket, Source, State,
    coverage::Fallback,
    events::{Change, DestroyEvents, EventOptions, SocketEvents},
    snapshot::Snapshot,
};

use super::own_sockets::OwnSockets;
use crate::messages;

/// The most ends that are counted between two looks.
const MOST: usize = 1 << 20;

/// How the ends of sockets are learned of.
enum Reports {
    Notified(DestroyEvents),
    ByBpf(SocketEvents),
    /// Nobody reports any: the sockets do not end, or have no such reports.
    Nowhere,
    /// They are not reported, for this reason.
    Refused(String),
}

/// How many sockets ended since the look before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    ended: u64,
    /// How many of those no look saw.
    unseen: u64,
    /// Whether it may be more.
    at_least: bool,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count { ended, unseen, at_least } = *self;
        let at_least = if at_least { "≥" } else { "" };
        write!(f, "{at_least}{ended} ended, {at_least}{unseen} unseen")
    }
}

/// A socket that ended.
struct Ended {
    kind: Kind,
    cookie: u64,
    ends: Ends,
    /// Whether it matches the filter.
    matches: Option<bool>,
}

type Ends = (Option<SocketAddr>, Option<SocketAddr>);

impl Ended {
    /// Whether it may be one by which this process asked a name server: its owner is unknown. Resolvers
    /// connect their sockets to port 53, or, as that of musl, to nothing.
    fn may_be_resolver_s(&self) -> bool {
        const DOMAIN: u16 = 53;
        let remote = self.ends.1.map(|remote| remote.port()).filter(|port| *port != 0);
        let is_udp = matches!(self.kind, Kind::Udp | Kind::Udp6);
        remote == Some(DOMAIN) || (is_udp && remote.is_none())
    }
}

/// A look at the tables.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) now: &'a Snapshot,
    /// The sockets of this process, which do not count.
    pub(super) own: &'a OwnSockets,
    /// Whether this process has asked the resolver since the look before.
    pub(super) has_resolved: bool,
}

/// What a look saw.
#[derive(Default)]
struct Seen {
    cookies: HashSet<u64>,
    /// Those of this process.
    own: HashSet<u64>,
    has_resolved: bool,
    /// What remains of connections. If nobody asked for the cookie of one before it ended, its remains
    /// have another (net/ipv4/inet_timewait_sock.c `inet_twsk_alloc`).
    remains: HashSet<Ends>,
}

impl Seen {
    fn of(look: Look<'_>) -> Seen {
        let Look { now, own, has_resolved } = look;
        let remains = now.iter().filter(|socket| socket.state == State::TIME_WAIT);
        let own = now.iter().filter(|socket| own.has(socket));
        Seen {
            cookies: now.iter().filter_map(|socket| socket.cookie()).collect(),
            own: own.filter_map(|socket| socket.cookie()).collect(),
            has_resolved,
            remains: remains.map(|socket| (socket.local(), socket.remote())).collect(),
        }
    }

    fn has(&self, ended: &Ended) -> bool {
        self.cookies.contains(&ended.cookie) || self.remains.contains(&ended.ends)
    }
}

pub(super) struct ShortLived {
    reports: Reports,
    leaves_own: bool,
    ended: Vec<Ended>,
    is_incomplete: bool,
    /// What the last looks saw, the latest first: a report may be late.
    looks: [Seen; 3],
    /// Of the last look.
    count: Option<Count>,
}

impl ShortLived {
    /// Subscribes, before the first look.
    /// If it `leaves_own`, the ends of this process's sockets do not count.
    pub(super) fn of(scanner: &mut Scanner, query: &Query, leaves_own: bool) -> ShortLived {
        let reports = subscribe(scanner, query);
        let (ended, looks) = Default::default();
        ShortLived { reports, leaves_own, ended, is_incomplete: false, looks, count: None }
    }

    /// Whether there is anything to receive.
    pub(super) fn is_subscribed(&self) -> bool {
        matches!(self.reports, Reports::Notified(_) | Reports::ByBpf(_))
    }

    /// Receives what waits.
    pub(super) fn receive(&mut self) {
        let ShortLived { reports, leaves_own, ended, is_incomplete, .. } = self;
        let mut push = |socket: Socket<'_>, matches: Option<bool>| match socket.cookie() {
            Some(cookie) if ended.len() < MOST => {
                let ends = (socket.local(), socket.remote());
                ended.push(Ended { kind: socket.kind, cookie, ends, matches });
            }
            _ => *is_incomplete = true,
        };
        let read: io::Result<bool> = match reports {
            Reports::Nowhere | Reports::Refused(_) => return,
            Reports::Notified(events) => {
                let read = events.read(|end| {
                    // What was never bound is in no table.
                    if end.was_bound() {
                        push(end.socket(), end.matches());
                    }
                });
                read.map(|received| !received.is_complete() || received.more)
            }
            Reports::ByBpf(events) => {
                let read = events.read(|event| {
                    let owner = event.owner().and_then(|owner| owner.pid);
                    let is_own = *leaves_own && owner == Some(std::process::id());
                    if event.change() == Change::Ended && !is_own {
                        push(event.socket(), event.matches());
                    }
                });
                read.map(|received| !received.is_complete() || received.more)
            }
        };
        self.is_incomplete |= read.unwrap_or(true);
    }

    /// After each look, with whether it is compared with the look before.
    pub(super) fn look(&mut self, look: Look<'_>, coverage: &Coverage, is_compared: bool) {
        if !self.is_subscribed() {
            return;
        }
        self.receive();
        self.looks.rotate_right(1);
        self.looks[0] = Seen::of(look);
        // A report may be late.
        let has_resolved = self.leaves_own && self.looks[..2].iter().any(|look| look.has_resolved);
        // Of a table that has no cookies, it is unknown which of them a look saw.
        let with_cookies = coverage.sources.iter().filter(|(source, _)| *source == Source::Netlink);
        let with_cookies: Kinds = with_cookies.flat_map(|(_, kinds)| kinds.iter()).collect();
        let mut count = Count { at_least: self.is_incomplete, ..Count::default() };
        for ended in self.ended.drain(..) {
            if self.looks.iter().any(|look| look.own.contains(&ended.cookie)) {
                continue;
            }
            let is_seen = self.looks.iter().any(|look| look.has(&ended));
            if !is_seen && has_resolved && ended.may_be_resolver_s() {
                count.at_least = true;
                continue;
            }
            match ended.matches {
                _ if is_seen => count.ended += 1,
                Some(true) => {
                    let is_known = with_cookies.contains(ended.kind);
                    count.ended += 1;
                    count.unseen += u64::from(is_known);
                    count.at_least |= !is_known;
                }
                Some(false) => {}
                None => count.at_least = true,
            }
        }
        self.is_incomplete = false;
        self.count = is_compared.then_some(count);
    }

    /// The numbers of the last look: `None` before there are two.
    pub(super) fn count(&self) -> Option<Count> {
        self.count
    }

    /// Why they are unknown.
    pub(super) fn refused(&self) -> Option<String> {
        match &self.reports {
            Reports::Refused(why) => {
                Some(format!("sockets that live only between two looks are not seen: {why}"))
            }
            _ => None,
        }
    }
}

fn subscribe(scanner: &mut Scanner, query: &Query) -> Reports {
    let is_about_owners = query.clone().owners(false).needs_owners();
    let notified = scanner.destroy_events(query);
    let refused = match notified {
        Ok(events) if events.kinds().is_empty() => return Reports::Nowhere,
        Ok(events) if !is_about_owners => return Reports::Notified(events),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    // The root of another host, or a source without events, was asked for.
    let is_asked_for = |error: &Error| {
        matches!(error.refusal(), Some(Fallback::OtherRoot | Fallback::Unsupported))
    };
    if refused.as_ref().is_some_and(is_asked_for) {
        return Reports::Nowhere;
    }
    let query = query.clone().source(Source::Auto);
    match scanner.socket_events(&query, EventOptions::new().births(false)) {
        Ok(events) => Reports::ByBpf(events),
        Err(error) => Reports::Refused(messages::why_no_bpf(&error).0),
    }
}
