//! The sockets that the kernel reports as ended, joined with what two looks at the tables saw.
//!
//! Of each socket that ends, one line says so: that of its difference between the two looks; or if
//! neither look saw it, one of its own. A notification comes shortly after the socket has left its
//! table, and in no order, so a look may be ahead of it or behind; an event by BPF has the time of the
//! end.

use std::{
    collections::{HashMap, HashSet},
    os::fd::BorrowedFd,
    thread,
    time::{Duration, Instant, SystemTime},
};

use procnet::{
    Coverage, Kinds, Query, Scanner, Socket, Source, State,
    decode::table::inet::Timer,
    snapshot::{Change, Snapshot},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    ends::{End, Ends},
    subscription::Subscription,
    unmatched::Unmatched,
};
use crate::{Outcome, args::Sockets, command::bounded::Bounded, error::Error, row::Ending};

/// How long the notifications of sockets that have vanished are waited for.
const DELAY: Duration = Duration::from_millis(100);

/// How long to wait before reading what has begun to arrive, so that more arrives meanwhile: waking
/// up for each notification costs more than reading it.
const PAUSE: Duration = Duration::from_millis(5);

/// The maximum number of vanished sockets whose notifications may still come.
const LATE: usize = 1 << 16;

pub(super) struct Ended {
    subscription: Subscription,
    /// Those whose sockets have cookies in the snapshots.
    kinds: Kinds,
    list: Ends,
    /// The position in the list, by cookie, of each that has no line yet.
    pending: HashMap<u64, usize>,
    /// The positions of those whose socket has begun and ended again.
    earlier: HashSet<usize>,
    /// The number of those in the list that have been entered there.
    entered: usize,
    /// The list of the next round.
    next: Ends,
    /// The cookies of sockets that were reported as vanished before their notification came.
    late: Bounded<()>,
    /// If there is a filter.
    unmatched: Option<Unmatched>,
    /// When the last look began.
    look: SystemTime,
    /// How many may match the filter or not.
    undecided: u64,
}

impl Ended {
    /// Subscribes, before the first look. `None` if nothing is reported.
    pub(super) fn subscribe(
        scanner: &mut Scanner,
        query: &Query,
        args: &Sockets,
    ) -> Result<(Option<Ended>, Outcome), Error> {
        let (subscription, outcome) = Subscription::open(scanner, args, query)?;
        let ended = subscription.map(|subscription| {
            let has_conditions = args.selection.has_conditions();
            let kinds = subscription.kinds();
            let (list, next, pending, earlier) = Default::default();
            Ended {
                subscription,
                kinds: Kinds::NONE,
                list,
                pending,
                earlier,
                entered: 0,
                next,
                late: Bounded::new(LATE),
                unmatched: has_conditions.then(|| Unmatched::of(&args.selection, kinds)),
                look: SystemTime::UNIX_EPOCH,
                undecided: 0,
            }
        });
        Ok((ended, outcome))
    }

    /// Before each look.
    pub(super) fn before_look(&mut self, scanner: &mut Scanner) {
        if let Some(unmatched) = &mut self.unmatched {
            unmatched.list(scanner);
        }
        self.look = SystemTime::now();
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.subscription.as_fd()
    }

    /// Passes each socket that has ended, and of which it is not known that it does not match.
    pub(super) fn each(&self, mut each: impl FnMut(&Socket<'_>)) {
        (0..self.list.len()).filter_map(|at| self.list.get(at)).for_each(|end| each(&end.socket()));
    }

    /// Reads what has begun to arrive.
    pub(super) fn arriving(&mut self) -> Result<(), Error> {
        thread::sleep(PAUSE);
        self.receive()
    }

    fn receive(&mut self) -> Result<(), Error> {
        self.subscription.receive(&mut self.list)?;
        for at in self.entered..self.list.len() {
            if let Some(cookie) = self.list.get(at).and_then(|it| it.socket().cookie()) {
                self.earlier.extend(self.pending.insert(cookie, at));
            }
        }
        self.entered = self.list.len();
        Ok(())
    }

    /// After the first look: what has ended before it is of no interest.
    pub(super) fn begin(&mut self, coverage: &Coverage, now: &Snapshot) -> Result<(), Error> {
        self.receive()?;
        self.note_kinds(coverage);
        let is_there = |end: &End<'_>| {
            let seen = now.counterpart(&end.socket());
            seen.is_some_and(|seen| !is_remnant(&seen) && end.is_of(&seen))
        };
        let later = self.list.iter().filter(|end| end.is_after(self.look) || is_there(end));
        later.for_each(|end| self.next.push(&end));
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
            let fd = PollFd::from_borrowed_fd(self.as_fd(), PollFlags::IN);
            let _ = poll(&mut [fd], left.as_ref());
            self.receive()?;
        }
        missing.into_iter().for_each(|cookie| self.late.insert(cookie, ()));
        Ok(())
    }

    fn note_kinds(&mut self, coverage: &Coverage) {
        self.kinds = self.subscription.kinds() & coverage.from(Source::Netlink);
    }

    /// Whether a notification of a vanished socket is to come: the kernel sends none for what
    /// remains in `TIME_WAIT`, nor for request socks; BPF reports no socket that was only bound.
    fn is_awaited(&self, socket: &Socket<'_>) -> bool {
        let is_request = socket.state == State::SYN_RECV && socket.inode.is_none();
        let is_by_bpf = self.subscription.kinds_by_bpf().contains(socket.kind);
        let was_connected = !matches!(socket.state, State::BOUND_INACTIVE | State::CLOSE);
        let is_reported = !is_by_bpf || was_connected;
        self.kinds.contains(socket.kind) && !is_remnant(socket) && !is_request && is_reported
    }

    /// The end that belongs to a difference between the two looks.
    pub(super) fn of_change(&mut self, change: &Change<'_>) -> Option<Ending> {
        let socket = change.socket();
        if !matches!(change, Change::Vanished(_)) && !is_remnant(socket) {
            // It was still there.
            return None;
        }
        let cookie = socket.cookie()?;
        let at = self.pending.remove(&cookie)?;
        let first_use = self.subscription.first_uses.take(Some(cookie));
        self.list.get(at).map(|end| end.ending(first_use.as_ref()))
    }

    /// Passes the ends without a difference to `each`, with the socket as a look saw it, if one did.
    /// Unless this is the last round, those for which the look may have been too early are kept for the
    /// next.
    pub(super) fn others<'s>(
        &mut self,
        (before, now): (&'s Snapshot, &'s Snapshot),
        is_last: bool,
        mut each: impl FnMut(&End<'_>, Option<Socket<'_>>, Ending) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (at, end) in self.list.iter().enumerate() {
            let socket = end.socket();
            let Some(cookie) = socket.cookie() else { continue };
            let is_earlier = self.earlier.contains(&at);
            let is_latest = self.pending.get(&cookie) == Some(&at);
            let is_reported = is_latest && self.late.contains(cookie);
            if !(is_earlier || is_latest) || is_reported || !self.kinds.contains(socket.kind) {
                continue;
            }
            let seen = |look: &'s Snapshot| {
                let seen = look.counterpart(&socket);
                seen.filter(|seen| is_latest && end.is_of(seen))
            };
            let (was, is) = (seen(before), seen(now));
            let is_there = is.as_ref().is_some_and(|seen| !is_remnant(seen));
            let may_remain = is.is_none() && was.is_none() && is_latest && !is_last;
            if is_there || (may_remain && end.is_after(self.look)) {
                self.next.push(&end);
                continue;
            }
            let first_use = self.subscription.first_uses.take(Some(cookie));
            let by_use = first_use.as_ref().and_then(|first| first.matches);
            match (is.or(was), end.matches().or(by_use)) {
                (Some(seen), _) => each(&end, Some(seen), end.ending(first_use.as_ref()))?,
                // In no table, at no time.
                (None, _) if !end.was_bound() => {}
                (None, Some(true)) => each(&end, None, end.ending(first_use.as_ref()))?,
                (None, Some(false)) => {}
                (None, None) => {
                    let is_known = self.unmatched.as_ref().is_some_and(|it| it.contains(cookie));
                    self.undecided += u64::from(!is_known);
                }
            }
        }
        Ok(())
    }

    /// What is missing from this round, as lines, and its outcome.
    pub(super) fn missing(&self) -> (Vec<String>, Outcome) {
        let mut lines = self.subscription.missing();
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
        self.earlier.clear();
        self.subscription.end_round();
        (self.undecided, self.entered) = Default::default();
    }
}

/// Whether it is what remains of a connection that has ended: in `TIME_WAIT`, or in `FIN_WAIT2`
/// without its socket.
fn is_remnant(socket: &Socket<'_>) -> bool {
    socket.timer().is_some_and(|timer| timer.kind == Timer::TIME_WAIT)
}
