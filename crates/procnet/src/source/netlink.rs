//! The second source: socket diagnostics (`NETLINK_SOCK_DIAG`), several times faster than
//! the tables, with exact names.
//!
//! Each network namespace is asked over a socket of its own, which is kept: see [`rooms`]. What
//! this kernel does not tell is remembered for the scanner's life, as each attempt may make the
//! kernel look for a module.

mod ahead;
mod census;
mod channel;
pub(crate) mod desk;
mod request;
mod rooms;
mod rows;

use std::ops::ControlFlow;

use procnet_core::netlink::Payload;
use rustix::io::Errno;

use self::{
    ahead::Ahead,
    census::Census,
    channel::{Answer, End, Sequence},
    rooms::Rooms,
};
use super::{Fallback, Source, Told, seen::Seen};
use crate::{
    Details, Kind, Kinds, ProcRoot, Query, Socket,
    coverage::{Coverage, Failure},
    filter::{Facts, Refused},
    owners::Register,
    place::Place,
};

/// No datagram of the kernel is longer (net/netlink/af_netlink.c `netlink_dump`: at most
/// 32 KiB, and as much as this socket was ever given room for).
const DATAGRAM: usize = 32 << 10;

/// How often all but tcp sockets are asked for at most, and what the kernel says has changed
/// meanwhile. The kernel finds its place again by counting within a bucket (net/unix/diag.c
/// `unix_diag_dump`, net/ipv4/udp_diag.c `udp_dump`), and leaves some out while others come and
/// go. Buckets of tcp hold hardly more than one.
const LOOKS: u32 = 3;

/// Asks the kernel, over a socket in each namespace that is kept.
#[derive(Debug, Default)]
pub(crate) struct Netlink {
    rooms: Rooms,
    /// What no later attempt will tell.
    lacking: Vec<(Kind, Fallback)>,
    /// Conditions of filters that it does not take.
    refused: Refused,
    sequence: Sequence,
    buffer: Vec<u8>,
    ahead: Ahead,
    census: Census,
}

/// What is asked of socket diagnostics in one visit.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'q> {
    query: &'q Query,
    /// What the query's filter names.
    facts: &'q Facts<'q>,
    refused: Refused,
    root: &'q ProcRoot,
    /// Whose sockets are asked for.
    pub(crate) place: &'q Place,
    /// The tables to be asked for.
    pub(crate) kinds: Kinds,
    /// Nothing may come from elsewhere.
    pub(crate) strict: bool,
    /// The kernel leaves out what the query does not ask for.
    filtered: bool,
}

impl<'q> Ask<'q> {
    /// The same, and the kernel leaves out nothing.
    pub(crate) fn unfiltered(self) -> Self {
        Ask { filtered: false, ..self }
    }

    /// The tables that one walk of the kernel tells, beginning with this one.
    pub(crate) fn walk(&self, kind: Kind) -> Kinds {
        let both = self.kinds.contains(Kind::Tcp) && self.kinds.contains(Kind::Tcp6);
        if kind == Kind::Tcp && both { Kinds::TCP } else { kind.into() }
    }

    /// The details that are asked for of sockets of a table.
    pub(crate) fn details(&self, kind: Kind) -> Details {
        self.query.details.of(kind)
    }

    /// Whether sockets of a table are asked for that only socket diagnostics tell.
    pub(crate) fn is_bound(&self, kind: Kind) -> bool {
        self.query.wants_bound(kind)
    }

    /// Whether every socket of these tables is told, not only what the query asks for.
    pub(crate) fn is_whole(&self, kind: Kind) -> bool {
        request::is_whole(self, kind)
    }
}

/// Why a table was not told.
enum Untold {
    /// Nothing of it was.
    Nothing(Fallback),
    /// It ended before its end.
    Rest(Errno),
}

impl Netlink {
    /// Begins a visit: makes sockets in the namespaces of all places, if they are to be asked,
    /// and closes those in all others. As much as `most` may be received ahead.
    pub(crate) fn begin(&mut self, query: &Query, root: &ProcRoot, places: &[Place], most: usize) {
        self.ahead.clear();
        self.census.clear();
        self.ahead.most = most;
        self.rooms.begin();
        self.enter(query, root, places);
        self.rooms.close_unwanted();
    }

    /// Makes sockets in the namespaces of places that were found since.
    pub(crate) fn enter(&mut self, query: &Query, root: &ProcRoot, places: &[Place]) {
        if query.source != Source::Procfs {
            self.rooms.enter(root, places);
        }
    }

    /// The tables that are asked for in a place.
    pub(crate) fn kinds(&self, query: &Query, place: &Place) -> Kinds {
        let is_refused = query.source == Source::Procfs || self.rooms.refusal(place).is_some();
        if is_refused { Kinds::NONE } else { query.possible_kinds() }
    }

    /// What to ask socket diagnostics for in a place, or why they are not to be asked at all
    /// though nothing else may be.
    pub(crate) fn ask<'q>(
        &self,
        query: &'q Query,
        facts: &'q Facts<'q>,
        root: &'q ProcRoot,
        place: &'q Place,
        coverage: &mut Coverage,
    ) -> Result<Ask<'q>, Fallback> {
        let ask = self.all(query, facts, root, place);
        match self.rooms.refusal(place) {
            Some(fallback) if ask.strict => return Err(fallback),
            Some(fallback) if query.source != Source::Procfs => {
                query.possible_kinds().iter().for_each(|kind| coverage.fall_back(kind, fallback));
            }
            _ => {}
        }
        Ok(ask)
    }

    /// Receives answers before their sockets are wanted. Whether there is room for more.
    pub(crate) fn read_ahead(
        &mut self,
        query: &Query,
        facts: &Facts<'_>,
        root: &ProcRoot,
        place: &Place,
    ) -> bool {
        let ask = self.all(query, facts, root, place);
        let mut told = Kinds::NONE;
        for kind in ask.kinds.iter() {
            if told.contains(kind) || !request::is_told(kind) || self.lacking(kind).is_some() {
                continue;
            }
            let kinds = ask.walk(kind);
            told = told | kinds;
            let Ok(Some(sequence)) = self.question(&ask, kinds) else { continue };
            let channel = self.rooms.asked(place);
            if !self.ahead.receive(place.id, kinds, sequence, channel) {
                return false;
            }
            self.rooms.free(place);
            self.census.end(root, place, kind);
        }
        true
    }

    fn all<'q>(
        &self,
        query: &'q Query,
        facts: &'q Facts<'q>,
        root: &'q ProcRoot,
        place: &'q Place,
    ) -> Ask<'q> {
        let (kinds, strict) = (self.kinds(query, place), query.source == Source::Netlink);
        let refused = self.refused;
        Ask { query, facts, refused, root, place, kinds, strict, filtered: true }
    }

    /// How much was received ahead.
    pub(crate) fn ahead(&self) -> usize {
        self.ahead.len()
    }

    fn lacking(&self, kind: Kind) -> Option<Fallback> {
        let lacking = self.lacking.iter().find(|(other, _)| *other == kind);
        lacking.map(|(_, fallback)| *fallback)
    }

    /// Hands each socket of a table, and of those that the same walk tells, to `each`, once.
    pub(crate) fn tell(
        &mut self,
        ask: &Ask<'_>,
        kind: Kind,
        seen: &mut Seen,
        coverage: &mut Coverage,
        register: &impl Register,
        each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Told {
        if !ask.kinds.contains(kind) {
            return Told::Not(None);
        }
        let kinds = ask.walk(kind);
        let told = match self.tables(ask, kinds, seen, coverage, register, each) {
            Ok(flow) => Told::Handed { kinds, flow, whole: ask.is_whole(kind) },
            Err(Untold::Rest(errno)) => Told::Failed { kinds, failure: Failure::new(errno) },
            Err(Untold::Nothing(fallback)) if ask.strict => {
                return Told::Failed { kinds: kind.into(), failure: fallback.failure() };
            }
            Err(Untold::Nothing(fallback)) => return Told::Not(Some(fallback)),
        };
        coverage.netlink = coverage.netlink | kinds;
        told
    }

    fn tables(
        &mut self,
        ask: &Ask<'_>,
        kinds: Kinds,
        seen: &mut Seen,
        coverage: &mut Coverage,
        register: &impl Register,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Untold> {
        let Some(kind) = kinds.iter().next() else { return Ok(ControlFlow::Continue(())) };
        if let Some(fallback) = self.lacking(kind) {
            return Err(Untold::Nothing(fallback));
        }
        let mut ask = *ask;
        for look in 1..=LOOKS {
            let mut rows = rows::Rows::new(kinds, look, ask.query);
            let asked = loop {
                ask.refused = self.refused;
                let asked = self.dump(&ask, kinds, |payload| {
                    rows.row(payload, &mut *seen, register, coverage, &mut each)
                });
                match asked {
                    Err(errno) if rows.told == 0 && self.refuse(&ask, errno) => {}
                    asked => break asked,
                }
            };
            let counted = self.census.take(ask.place, kind).filter(|_| ask.is_whole(kind));
            match asked {
                Ok(End::Stopped) => return Ok(ControlFlow::Break(())),
                // All that the kernel counts were told.
                Ok(End::Whole { .. }) if counted == Some(rows.added) => break,
                // As soon as a look adds nothing, there is nothing more.
                Ok(End::Whole { .. }) if look > 1 && rows.added == 0 => break,
                Ok(End::Whole { interrupted }) if !kind.is_tcp() || interrupted => {}
                Ok(End::Whole { .. }) => break,
                // What was handed over stands.
                Err(_) if look > 1 => break,
                Err(errno) if rows.told > 0 => return Err(Untold::Rest(errno)),
                Err(errno) => return Err(Untold::Nothing(self.lack(kind, errno))),
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the kernel may have refused a condition of the filter; it is then given no such
    /// one again.
    #[cold]
    fn refuse(&mut self, ask: &Ask<'_>, errno: Errno) -> bool {
        let Some(filter) = ask.query.filter.as_deref().filter(|_| ask.filtered) else {
            return false;
        };
        let may = filter.may_be_refused(self.refused);
        let refused = match errno {
            Errno::PERM if may.marks => Refused { marks: true, ..self.refused },
            Errno::INVAL if may.newer => Refused { newer: true, ..self.refused },
            _ => return false,
        };
        self.refused = refused;
        true
    }

    /// Remembers that a table is not told, unless it may be another time.
    #[cold]
    fn lack(&mut self, kind: Kind, errno: Errno) -> Fallback {
        let told = request::is_told(kind);
        let fallback = if told { Fallback::of(errno) } else { Fallback::NotTold };
        if !fallback.is_passing() {
            self.lacking.push((kind, fallback));
        }
        fallback
    }

    /// Asks for tables, unless that was done ahead, and hands on what each message holds.
    fn dump(
        &mut self,
        ask: &Ask<'_>,
        kinds: Kinds,
        mut each: impl FnMut(Payload<'_>) -> ControlFlow<()>,
    ) -> Result<End, Errno> {
        let begun = self.ahead.take(ask.place.id, kinds);
        let sequence = match &begun {
            Some(begun) => begun.sequence,
            None => match self.question(ask, kinds)? {
                Some(sequence) => sequence,
                // No state is asked for in which such a socket can be.
                None => return Ok(End::Whole { interrupted: false }),
            },
        };
        let mut answer = Answer::to(sequence);
        if let Some(begun) = begun {
            for datagram in self.ahead.datagrams(&begun) {
                if let Some(end) = answer.datagram(datagram, &mut each)? {
                    return Ok(end);
                }
            }
            begun.failure.map_or(Ok(()), Err)?;
        }
        self.buffer.resize(DATAGRAM, 0);
        let channel = self.rooms.asked(ask.place)?;
        let end = loop {
            let length = channel.receive(&mut self.buffer)?;
            let datagram = self.buffer.get(..length).unwrap_or_default();
            if let Some(end) = answer.datagram(datagram, &mut each)? {
                break end;
            }
        };
        if matches!(end, End::Whole { .. }) {
            self.rooms.free(ask.place);
            if let Some(kind) = kinds.iter().next() {
                self.census.end(ask.root, ask.place, kind);
            }
        }
        Ok(end)
    }

    /// Puts a question, and says by which number its answer is known; `None` if there is
    /// nothing to ask for.
    fn question(&mut self, ask: &Ask<'_>, kinds: Kinds) -> Result<Option<u32>, Errno> {
        let sequence = self.sequence.next();
        let mut space = [0; request::LONGEST];
        let Some(request) = request::write(ask, kinds, sequence, &mut space)? else {
            return Ok(None);
        };
        // Also of an empty table it is found out whether the kernel has a handler for it.
        if let Some(kind) = kinds.iter().next() {
            self.census.begin(ask.root, ask.place, kind);
        }
        self.rooms.ask(ask.root, ask.place, request)?;
        Ok(Some(sequence))
    }
}
