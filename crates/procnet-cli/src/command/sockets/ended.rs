//! The kernel's notifications of sockets that end, joined with what two looks at the tables saw.
//!
//! Of each socket that ends, one line says so: that of its difference between the two looks; or if
//! neither look saw it, one of its own. The kernel sends a notification shortly after the socket has
//! left its table, and in no order, so a look may be ahead of it or behind.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    os::fd::{AsFd as _, BorrowedFd},
    thread,
    time::{Duration, Instant},
};

use procnet::{
    Coverage, Kinds, Query, Scanner, Socket, Source, State,
    coverage::Fallback,
    decode::table::inet::Timer,
    events::{DestroyEvents, Destroyed, DestroyedList, Received},
    snapshot::{Change, Snapshot},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::unmatched::Unmatched;
use crate::{
    Outcome,
    args::Selection,
    error::Error,
    messages::{self, message},
};

/// How long the notifications of sockets that have vanished are waited for.
const DELAY: Duration = Duration::from_millis(100);

/// How long to wait before reading what has begun to arrive, so that more arrives meanwhile: waking
/// up for each notification costs more than reading it.
const PAUSE: Duration = Duration::from_millis(5);

/// The maximum number of notifications that are kept until the next look: some 600 bytes each.
const MOST: usize = 1 << 20;

/// The maximum number of vanished sockets whose notifications may still come.
const LATE: usize = 1 << 16;

pub(super) struct Ended {
    events: DestroyEvents,
    /// Those whose sockets have cookies in the snapshots.
    kinds: Kinds,
    list: DestroyedList,
    /// The position in the list, by cookie, of each that has no line yet.
    pending: HashMap<u64, usize>,
    /// The number of those in the list that have been entered there.
    entered: usize,
    /// The list of the next round.
    next: DestroyedList,
    late: Late,
    /// If there is a filter.
    unmatched: Option<Unmatched>,
    received: Received,
    /// How many did not fit into the list.
    left_out: u64,
    /// How many may match the filter or not.
    undecided: u64,
}

/// The cookies of sockets that were reported as vanished before their notification came.
#[derive(Default)]
struct Late {
    cookies: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Late {
    fn insert(&mut self, cookie: u64) {
        if self.cookies.insert(cookie) {
            self.order.push_back(cookie);
        }
        if self.order.len() > LATE {
            self.order.pop_front().map(|oldest| self.cookies.remove(&oldest));
        }
    }
}

impl Ended {
    /// Subscribes, before the first look. `None` if there are no notifications: that is reported,
    /// unless it follows from what was asked for.
    pub(super) fn subscribe(
        scanner: &mut Scanner,
        query: &Query,
        selection: &Selection,
    ) -> (Option<Ended>, Outcome) {
        let error = match scanner.destroy_events(query) {
            Ok(events) if events.kinds().is_empty() => return (None, Outcome::Complete),
            Ok(events) => return (Some(Ended::of(events, selection)), Outcome::Complete),
            Err(error) => error,
        };
        let is_asked_for =
            matches!(error.refusal(), None | Some(Fallback::OtherRoot | Fallback::Unsupported));
        if is_asked_for && !selection.reports_fallbacks() {
            return (None, Outcome::Complete);
        }
        let reason =
            error.refusal().map_or_else(|| error.to_string(), |refusal| refusal.to_string());
        message!("sockets that live only between two looks are not seen: {reason}");
        if let Some(help) = error.refusal().and_then(messages::help_if_refused) {
            message!("{help}");
        }
        (None, Outcome::complete_if(is_asked_for))
    }

    fn of(events: DestroyEvents, selection: &Selection) -> Ended {
        let unmatched =
            selection.has_conditions().then(|| Unmatched::of(selection, events.kinds()));
        let (list, next, kinds) = (DestroyedList::default(), DestroyedList::default(), Kinds::NONE);
        let (pending, late, received) = Default::default();
        let (entered, left_out, undecided) = (0, 0, 0);
        Ended {
            events,
            kinds,
            list,
            pending,
            entered,
            next,
            late,
            unmatched,
            received,
            left_out,
            undecided,
        }
    }

    /// Before each look.
    pub(super) fn before_look(&mut self, scanner: &mut Scanner) {
        if let Some(unmatched) = &mut self.unmatched {
            unmatched.list(scanner);
        }
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }

    /// Reads what has begun to arrive.
    pub(super) fn arriving(&mut self) -> Result<(), Error> {
        thread::sleep(PAUSE);
        self.receive()
    }

    fn receive(&mut self) -> Result<(), Error> {
        let Ended { events, list, left_out, received, .. } = self;
        let read =
            events.read(
                |destroyed| {
                    if list.len() < MOST { list.push(destroyed) } else { *left_out += 1 }
                },
            );
        *received += read.map_err(Error::Notifications)?;
        for at in self.entered..self.list.len() {
            if let Some(cookie) = self.list.get(at).and_then(|it| it.socket().cookie()) {
                self.pending.insert(cookie, at);
            }
        }
        self.entered = self.list.len();
        Ok(())
    }

    /// After the first look: what has ended before it is of no interest.
    pub(super) fn begin(&mut self, coverage: &Coverage, now: &Snapshot) -> Result<(), Error> {
        self.receive()?;
        self.note_kinds(coverage);
        for destroyed in self.list.iter() {
            if now.counterpart(&destroyed.socket()).is_some_and(|it| !is_remnant(&it)) {
                self.next.push(&destroyed);
            }
        }
        self.end_round();
        Ok(())
    }

    /// After another look: waits shortly for the notifications of what has vanished.
    pub(super) fn look(
        &mut self,
        coverage: &Coverage,
        before: &Snapshot,
        now: &Snapshot,
    ) -> Result<(), Error> {
        self.receive()?;
        self.note_kinds(coverage);
        let vanished = before.diff(now).filter_map(|change| match change {
            Change::Vanished(socket) if self.is_awaited(&socket) => socket.cookie(),
            _ => None,
        });
        let mut missing: Vec<u64> = vanished.collect();
        let limit = Instant::now() + DELAY;
        loop {
            missing.retain(|cookie| !self.pending.contains_key(cookie));
            let left = limit.saturating_duration_since(Instant::now());
            if missing.is_empty() || left.is_zero() {
                break;
            }
            let left = Timespec::try_from(left).ok();
            // An error, such as an interruption by a signal, is that of another try at most.
            let _ = poll(&mut [PollFd::new(&self.events, PollFlags::IN)], left.as_ref());
            self.receive()?;
        }
        missing.into_iter().for_each(|cookie| self.late.insert(cookie));
        Ok(())
    }

    fn note_kinds(&mut self, coverage: &Coverage) {
        self.kinds = self.events.kinds() & coverage.from(Source::Netlink);
    }

    /// Whether a notification of a vanished socket is to come: the kernel sends none for what
    /// remains in `TIME_WAIT`, nor for request socks.
    fn is_awaited(&self, socket: &Socket<'_>) -> bool {
        let is_request = socket.state == State::SYN_RECV && socket.inode.is_none();
        self.kinds.contains(socket.kind) && !is_remnant(socket) && !is_request
    }

    /// The notification that belongs to a difference between the two looks.
    pub(super) fn of_change(&mut self, change: &Change<'_>) -> Option<Destroyed<'_>> {
        let socket = change.socket();
        if !matches!(change, Change::Vanished(_)) && !is_remnant(socket) {
            // It was still there.
            return None;
        }
        let at = self.pending.remove(&socket.cookie()?)?;
        self.list.get(at)
    }

    /// Passes the notifications without a difference to `each`, with the socket as a look saw it, if
    /// one did.
    pub(super) fn others(
        &mut self,
        before: &Snapshot,
        now: &Snapshot,
        mut each: impl FnMut(&Destroyed<'_>, Option<Socket<'_>>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (at, destroyed) in self.list.iter().enumerate() {
            let socket = destroyed.socket();
            let Some(cookie) = socket.cookie() else { continue };
            let is_pending = self.pending.get(&cookie) == Some(&at);
            if !is_pending
                || !self.kinds.contains(socket.kind)
                || self.late.cookies.contains(&cookie)
            {
                continue;
            }
            match now.counterpart(&socket) {
                // It ended after the look, and vanishes in the next.
                Some(seen) if !is_remnant(&seen) => self.next.push(&destroyed),
                Some(seen) => each(&destroyed, Some(seen))?,
                None => match (before.counterpart(&socket), destroyed.matches()) {
                    (Some(seen), _) => each(&destroyed, Some(seen))?,
                    (None, Some(true)) if destroyed.was_bound() => each(&destroyed, None)?,
                    (None, None) if destroyed.was_bound() => {
                        let is_known =
                            self.unmatched.as_ref().is_some_and(|it| it.contains(cookie));
                        self.undecided += u64::from(!is_known);
                    }
                    // In no table, at no time.
                    (None, _) => {}
                },
            }
        }
        Ok(())
    }

    /// What is missing from this round, as lines, and its outcome.
    pub(super) fn missing(&self) -> (Vec<String>, Outcome) {
        let mut lines: Vec<String> = self.received.to_string().lines().map(str::to_owned).collect();
        if self.left_out > 0 {
            lines
                .push(format!("more than {MOST} sockets ended between two looks: others left out"));
        }
        if self.undecided > 0 {
            let why = "it is unknown whether they meet the filter";
            lines.push(format!("sockets that lived only between two looks are left out: {why}"));
        }
        let outcome = Outcome::complete_if(lines.is_empty());
        (lines, outcome)
    }

    /// Forgets this round.
    pub(super) fn end_round(&mut self) {
        self.list.clear();
        std::mem::swap(&mut self.list, &mut self.next);
        self.pending.clear();
        (self.received, self.left_out, self.undecided, self.entered) = Default::default();
    }
}

/// Whether it is what remains of a connection that has ended: in `TIME_WAIT`, or in `FIN_WAIT2`
/// without its socket.
fn is_remnant(socket: &Socket<'_>) -> bool {
    socket.timer().is_some_and(|timer| timer.kind == Timer::TIME_WAIT)
}
