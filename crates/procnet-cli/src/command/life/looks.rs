//! Looks at the tables: what was seen of a connection before it ended.

use std::{collections::HashMap, net::SocketAddr, time::Instant};

use procnet::{Kinds, Query, Scanner, Socket, State, coverage::Processes};

use crate::{
    Outcome,
    args::Life,
    error::Error,
    messages::{self, message},
    row::LifeOwner,
};

/// For how many looks a socket that they do not see is remembered: its end may be reported late, or
/// the kernel may have left it out of a dump.
const REMEMBERED: u32 = 3;

pub(super) struct Looks {
    query: Query,
    /// By cookie.
    seen: HashMap<u64, Seen>,
    /// The number of looks.
    look: u32,
    processes: Option<Processes>,
    /// What the last look could not see.
    missing: Vec<String>,
    fallbacks: bool,
    /// Whether what a look cannot see is reported at once.
    reports: bool,
    outcome: Outcome,
}

/// A socket that a look saw.
pub(super) struct Seen {
    /// When the first look that saw it was over, and when the last one began.
    pub(super) first: Instant,
    pub(super) last: Instant,
    /// The last look that saw it.
    look: u32,
    /// Whether the first look of all saw it.
    pub(super) was_there: bool,
    pub(super) state: State,
    pub(super) remote: Option<SocketAddr>,
    pub(super) uid: Option<u32>,
    pub(super) owners: Vec<LifeOwner>,
    /// Whether it matches the filter.
    pub(super) matches: Option<bool>,
}

impl Looks {
    /// With owners if they are printed, or if the filter needs them.
    pub(super) fn of(args: &Life, kinds: Kinds, reports: bool) -> Result<Looks, Error> {
        Ok(Looks {
            query: args.looks(kinds)?,
            seen: HashMap::new(),
            look: 0,
            processes: None,
            missing: Vec::new(),
            fallbacks: args.selection.reports_fallbacks(),
            reports,
            outcome: Outcome::Complete,
        })
    }

    /// Looks at the tables; `matches` decides the filter.
    pub(super) fn look(
        &mut self,
        scanner: &mut Scanner,
        matches: impl Fn(&Socket<'_>, Option<&Processes>) -> Option<bool>,
    ) -> Result<(), Error> {
        let Looks { query, seen, look, processes, .. } = self;
        *look += 1;
        let begin = Instant::now();
        let coverage = scanner.visit(query, |socket| {
            let Some(cookie) = socket.cookie() else { return };
            let matches = matches(socket, processes.as_ref());
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
        if missing != self.missing && self.reports {
            missing.iter().for_each(|line| message!("{line}"));
        }
        self.missing = missing;
        self.outcome = self.outcome.and(messages::outcome(&coverage));
        self.processes = coverage.processes;
        Ok(())
    }

    /// What was seen of a socket that has ended.
    pub(super) fn take(&mut self, cookie: Option<u64>) -> Option<Seen> {
        self.seen.remove(&cookie?)
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What the last look could not see, as lines.
    pub(super) fn missing(&self) -> &[String] {
        &self.missing
    }
}

impl Seen {
    fn of(socket: &Socket<'_>, look: u32, begin: Instant, matches: Option<bool>) -> Seen {
        let (first, last) = (begin, begin);
        let (state, remote, uid) = (socket.state, socket.remote(), socket.uid());
        let owners = LifeOwner::all(socket.owners);
        let was_there = look == 1;
        Seen { first, last, look, was_there, state, remote, uid, owners, matches }
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
