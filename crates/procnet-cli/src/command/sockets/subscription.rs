//! How the ends of sockets are learned of: those of TCP by BPF where it is permitted, all others by
//! the kernel's notifications.

use std::os::fd::{AsFd as _, BorrowedFd};

use procnet::{
    Kinds, Query, Scanner, Source,
    coverage::Fallback,
    events::{Change, DestroyEvents, EventOptions, EventsReceived, Received, SocketEvents},
};

use super::ends::Ends;
use crate::{
    Outcome,
    args::{EventSource, Sockets},
    command::{first_uses::FirstUses, readable::Readable},
    error::Error,
    messages::{self, message},
};

/// The maximum number of ends that are kept until the next look: some 600 bytes each.
const MOST: usize = 1 << 20;

pub(super) struct Subscription {
    by_bpf: Option<SocketEvents>,
    notifications: Option<DestroyEvents>,
    /// Either of them.
    readable: Readable,
    pub(super) first_uses: FirstUses,
    /// What was received in this round.
    events: EventsReceived,
    received: Received,
    /// How many were too many to be kept.
    left_out: u64,
}

impl Subscription {
    /// Subscribes, before the first look. `None` if there is nothing to subscribe to: that is
    /// reported, unless it follows from what was asked for.
    pub(super) fn open(
        scanner: &mut Scanner,
        args: &Sockets,
        query: &Query,
    ) -> Result<(Option<Subscription>, Outcome), Error> {
        let (by_bpf, outcome) = by_bpf(scanner, args, query)?;
        let tcp_by_bpf = by_bpf.as_ref().map_or(Kinds::NONE, |events| events.kinds() & Kinds::TCP);
        let (notifications, without) = match notified(args, tcp_by_bpf) {
            Some(kinds) => notifications(scanner, args, &query.clone().kinds(kinds)),
            None => notifications(scanner, args, query),
        };
        let outcome = outcome.and(without);
        if by_bpf.is_none() && notifications.is_none() {
            return Ok((None, outcome));
        }
        let fds = [
            by_bpf.as_ref().map(SocketEvents::as_fd),
            notifications.as_ref().map(DestroyEvents::as_fd),
        ];
        let readable = Readable::of(fds.into_iter().flatten()).map_err(Error::Notifications)?;
        let (events, received, left_out) = Default::default();
        let first_uses = FirstUses::new();
        let all = Subscription {
            by_bpf,
            notifications,
            readable,
            first_uses,
            events,
            received,
            left_out,
        };
        Ok((Some(all), outcome))
    }

    /// The kinds of sockets whose ends are reported.
    pub(super) fn kinds(&self) -> Kinds {
        let notified = self.notifications.as_ref().map_or(Kinds::NONE, DestroyEvents::kinds);
        notified | self.kinds_by_bpf()
    }

    /// Those of which BPF reports them.
    pub(super) fn kinds_by_bpf(&self) -> Kinds {
        self.by_bpf.as_ref().map_or(Kinds::NONE, |events| events.kinds() & Kinds::TCP)
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.readable.as_fd()
    }

    /// Adds what waits to `ends`.
    pub(super) fn receive(&mut self, ends: &mut Ends) -> Result<(), Error> {
        let Subscription { by_bpf, notifications, first_uses, left_out, .. } = self;
        // The first use of what has ended was reported before.
        if let Some(notifications) = notifications {
            let read = notifications.read(|destroyed| match ends.len() < MOST {
                true => ends.push_notification(destroyed),
                false => *left_out += 1,
            });
            self.received += read.map_err(Error::Notifications)?;
        }
        if let Some(by_bpf) = by_bpf {
            let read = by_bpf.read(|event| {
                let is_end = !first_uses.note(event) && event.change() == Change::Ended;
                match event.matches() {
                    Some(false) => {}
                    _ if !is_end => {}
                    _ if ends.len() < MOST => ends.push_event(event),
                    _ => *left_out += 1,
                }
            });
            self.events += read.map_err(Error::Notifications)?;
        }
        Ok(())
    }

    /// What is missing from this round, as lines.
    pub(super) fn missing(&self) -> Vec<String> {
        let lost = format!("{}{}", self.received, self.events);
        let mut lines: Vec<String> = lost.lines().map(str::to_owned).collect();
        if self.left_out > 0 {
            let more = format!("more than {MOST} sockets ended between two looks: others left out");
            lines.push(more);
        }
        lines
    }

    /// Forgets what was received.
    pub(super) fn end_round(&mut self) {
        (self.events, self.received, self.left_out) = Default::default();
    }
}

/// The kinds whose ends are to be notified, if those of some TCP sockets are reported by BPF.
fn notified(args: &Sockets, tcp_by_bpf: Kinds) -> Option<Kinds> {
    let asked = args.selection.kinds().unwrap_or(DestroyEvents::KINDS) & DestroyEvents::KINDS;
    (!tcp_by_bpf.is_empty()).then(|| asked - Kinds::TCP)
}

/// The subscription to events by BPF; `None` without, which is an error if they were asked for.
fn by_bpf(
    scanner: &mut Scanner,
    args: &Sockets,
    query: &Query,
) -> Result<(Option<SocketEvents>, Outcome), Error> {
    let asked = args.selection.kinds().unwrap_or(DestroyEvents::KINDS);
    let has_udp = args.first_use && !(asked & Kinds::UDP).is_empty();
    let is_possible = has_udp || !(asked & Kinds::TCP).is_empty();
    match args.event_source {
        EventSource::Netlink if args.first_use => return Err(Error::FirstUseByBpf),
        EventSource::Netlink => return Ok((None, Outcome::Complete)),
        EventSource::Bpf if !is_possible => return Err(Error::LifeBpfKinds),
        EventSource::Auto if !is_possible || args.selection.has_no_cookies() => {
            return Ok((None, Outcome::complete_if(!args.first_use)));
        }
        EventSource::Bpf | EventSource::Auto => {}
    }
    let query = match args.selection.has_no_cookies() {
        true => query.clone(),
        false => query.clone().source(Source::Auto),
    };
    // A TCP socket has its cookie from its birth. Of a UDP socket that did not match when it was
    // first used, its end is known not to match.
    let options = EventOptions::new().first_use(args.first_use).unmatched(has_udp);
    match scanner.socket_events(&query, options) {
        Ok(events) => Ok((Some(events), Outcome::Complete)),
        Err(error) if args.event_source == EventSource::Bpf => Err(error.into()),
        Err(error) if args.first_use => {
            let (reason, help) = messages::why_no_bpf(&error);
            message!("the first use of sockets is unknown: {reason}");
            if let Some(help) = help {
                message!("{help}");
            }
            Ok((None, Outcome::Partial))
        }
        Err(_) => Ok((None, Outcome::Complete)),
    }
}

/// The subscription to notifications. `None` without: that is reported, unless it follows from what was
/// asked for.
fn notifications(
    scanner: &mut Scanner,
    args: &Sockets,
    query: &Query,
) -> (Option<DestroyEvents>, Outcome) {
    let error = match scanner.destroy_events(query) {
        Ok(events) if events.kinds().is_empty() => return (None, Outcome::Complete),
        Ok(events) => return (Some(events), Outcome::Complete),
        Err(error) => error,
    };
    let is_asked_for =
        matches!(error.refusal(), None | Some(Fallback::OtherRoot | Fallback::Unsupported));
    if is_asked_for && !args.selection.reports_fallbacks() {
        return (None, Outcome::Complete);
    }
    let reason = error.refusal().map_or_else(|| error.to_string(), |refusal| refusal.to_string());
    message!("sockets that live only between two looks are not seen: {reason}");
    if let Some(help) = error.refusal().and_then(messages::help_if_refused) {
        message!("{help}");
    }
    (None, Outcome::complete_if(is_asked_for))
}
