//! Events by BPF: owner, duration, direction and last state are the kernel's.
//!
//! Of a connection that began before the subscription, what is unknown is as the first look saw it.

use std::{
    os::fd::{AsFd as _, BorrowedFd},
    time::{Instant, SystemTime},
};

use procnet::{
    Kinds, Scanner, Source, State,
    events::{Change, EventOptions, EventsReceived, SocketEvent, SocketEvents},
};

use super::{
    looks::{Looks, Seen},
    missing::Missing,
};
use crate::{
    Outcome,
    args::Life,
    command::first_uses::FirstUses,
    error::Error,
    row::{Ended, Lasted, LifeOwner, LifeRow, direction},
};

pub(super) struct Bpf {
    events: SocketEvents,
    looks: Looks,
    has_netns: bool,
    has_listeners: bool,
    received: EventsReceived,
    /// Whether the owners of any are those that the look saw.
    has_seen: bool,
}

impl Bpf {
    /// Subscribes, before the first look, to the ends of TCP sockets, and to the first use of these
    /// kinds if that is asked for.
    pub(super) fn subscribe(
        scanner: &mut Scanner,
        args: &Life,
        kinds: Kinds,
    ) -> Result<Bpf, Error> {
        let query = args.query_of(kinds)?.source(Source::Auto);
        let has_udp = !(kinds - Kinds::TCP).is_empty();
        // That of a UDP socket is a birth. Of one that did not match then, its end is known not to.
        let options = EventOptions::new().births(has_udp).unmatched(has_udp);
        Ok(Bpf {
            events: scanner.socket_events(&query, options.first_use(args.first_use))?,
            looks: Looks::of(args, kinds & Kinds::TCP, false)?,
            has_netns: args.selection.has_netns(),
            has_listeners: args.selection.has_listeners(),
            received: EventsReceived::default(),
            has_seen: false,
        })
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }

    /// Looks at what is there already.
    pub(super) fn look(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        let Bpf { events, looks, .. } = self;
        if (events.kinds() & Kinds::TCP).is_empty() {
            return Ok(());
        }
        looks.look(scanner, |socket, processes| events.matches(socket, processes))
    }

    /// Passes what has ended to `each`, with whether it matches, and notes the first use of UDP
    /// sockets. Returns whether more may be waiting.
    pub(super) fn read(
        &mut self,
        first_uses: &mut FirstUses,
        mut each: impl FnMut(LifeRow, Option<bool>),
    ) -> Result<bool, Error> {
        let Bpf { events, looks, has_netns, has_listeners, has_seen, .. } = self;
        let received = events.read(|event| {
            if first_uses.note(event) || event.change() != Change::Ended {
                return;
            }
            let seen = looks.take(event.socket().cookie());
            let is_listener = event.socket().state == State::LISTEN;
            if !is_listener || *has_listeners {
                *has_seen |= event.owner().is_none() && seen.is_some();
                let matches = event.matches().or(seen.as_ref().and_then(|seen| seen.matches));
                each(row(event, seen, *has_netns), matches);
            }
        });
        self.received += received.map_err(Error::Notifications)?;
        Ok(self.received.more)
    }

    /// Adds what is missing.
    pub(super) fn missing(&self, missing: &mut Missing) {
        missing.add(&self.received.to_string(), Outcome::Complete);
        if self.has_seen {
            missing.add(&self.looks.missing().join("\n"), Outcome::Complete);
        }
    }
}

fn row(event: &SocketEvent<'_>, seen: Option<Seen>, has_netns: bool) -> LifeRow {
    let socket = event.socket();
    let duration = match (event.duration(), &seen) {
        (Some(duration), _) => Lasted::Exactly(duration),
        (None, Some(seen)) => since(seen.first, event.time()),
        (None, None) => Lasted::Unknown,
    };
    let owners = match event.owner().map(LifeOwner::of_event) {
        Some(owner) => vec![owner],
        None => seen.map(|seen| seen.owners).unwrap_or_default(),
    };
    LifeRow {
        kind: socket.kind,
        state: Some(socket.state),
        local: socket.local(),
        remote: socket.remote(),
        direction: event.direction().map(direction),
        duration,
        ended: Ended::by_bpf(event.time(), event.traffic()),
        uid: socket.uid(),
        owners,
        netns: socket.netns.filter(|_| has_netns).cloned(),
        names: None,
    }
}

/// How long it lasted at least, if it was there at `first`.
fn since(first: Instant, end: SystemTime) -> Lasted {
    let ago = SystemTime::now().duration_since(end).unwrap_or_default();
    let end = Instant::now().checked_sub(ago);
    let lasted = end.and_then(|end| end.checked_duration_since(first));
    lasted.map_or(Lasted::Unknown, Lasted::AtLeast)
}
