//! The kernel's notifications of sockets that end, joined with what looks at the tables saw before.
//!
//! A notification has neither owner nor user nor state nor birth, nor the time of the end, but only
//! comes after it. Of a connection that a look saw, owner, user and state are as of the last look,
//! and it lasted at least from the first look that saw it to the last; of one that none saw, all
//! that is unknown.

use std::{
    net::SocketAddr,
    os::fd::{AsFd as _, BorrowedFd},
};

use procnet::{
    Kinds, Scanner, State,
    events::{DestroyEvents, Destroyed, DestroyedList, Received},
};

use super::{
    looks::{Looks, Seen},
    missing::Missing,
};
use crate::{
    args::Life,
    command::first_uses::{FirstUse, FirstUses},
    error::Error,
    row::{Lasted, LifeRow},
};

pub(super) struct Notifications {
    events: DestroyEvents,
    looks: Looks,
    has_netns: bool,
    has_listeners: bool,
    received: Received,
    /// What was received.
    list: DestroyedList,
}

impl Notifications {
    /// Subscribes to the ends of these kinds, before the first look.
    pub(super) fn subscribe(
        scanner: &mut Scanner,
        args: &Life,
        kinds: Kinds,
    ) -> Result<Notifications, Error> {
        Ok(Notifications {
            events: scanner.destroy_events(&args.query_of(kinds)?)?,
            looks: Looks::of(args, kinds, true)?,
            has_netns: args.selection.has_netns(),
            has_listeners: args.selection.has_listeners(),
            received: Received::default(),
            list: DestroyedList::default(),
        })
    }

    /// What can be waited for.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }

    pub(super) fn look(&mut self, scanner: &mut Scanner) -> Result<(), Error> {
        let Notifications { events, looks, .. } = self;
        looks.look(scanner, |socket, processes| events.matches(socket, processes))
    }

    /// Receives what has ended. Returns whether more may be waiting.
    pub(super) fn receive(&mut self) -> Result<bool, Error> {
        let Notifications { events, list, .. } = self;
        let received = events.read(|destroyed| list.push(destroyed));
        self.received += received.map_err(Error::Notifications)?;
        Ok(self.received.more)
    }

    /// Passes what was received to `each`, with whether it matches.
    pub(super) fn pass(
        &mut self,
        first_uses: &mut FirstUses,
        mut each: impl FnMut(LifeRow, Option<bool>),
    ) {
        let Notifications { looks, has_netns, has_listeners, list, .. } = self;
        for destroyed in list.iter() {
            let cookie = destroyed.socket().cookie();
            let (seen, first_use) = (looks.take(cookie), first_uses.take(cookie));
            if is_reported(&destroyed, seen.as_ref(), *has_listeners) {
                let by_look = seen.as_ref().and_then(|seen| seen.matches);
                let by_use = first_use.as_ref().and_then(|first| first.matches);
                let matches = destroyed.matches().or(by_look).or(by_use);
                each(row(&destroyed, seen, first_use, *has_netns), matches);
            }
        }
        list.clear();
    }

    /// Adds what is missing.
    pub(super) fn missing(&self, missing: &mut Missing) {
        missing.add(&self.received.to_string(), self.looks.outcome());
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

fn row(
    destroyed: &Destroyed<'_>,
    seen: Option<Seen>,
    first_use: Option<FirstUse>,
    has_netns: bool,
) -> LifeRow {
    let socket = destroyed.socket();
    let has_peer = |end: &SocketAddr| end.port() != 0;
    let remote = socket.remote().filter(has_peer);
    let remote = remote.or(seen.as_ref().and_then(|seen| seen.remote.filter(has_peer)));
    let is_listener = seen.as_ref().is_some_and(|seen| seen.state == State::LISTEN);
    let duration = lasted(destroyed, seen.as_ref(), first_use.as_ref());
    let uid = seen.as_ref().and_then(|seen| seen.uid);
    // Of UDP, the notification has it.
    let state = match socket.kind.is_tcp() {
        true => seen.as_ref().map(|seen| seen.state),
        false => Some(socket.state),
    };
    // A look has all owners, and their descriptors.
    let mut owners = seen.map(|seen| seen.owners).unwrap_or_default();
    if owners.is_empty() {
        owners.extend(first_use.and_then(|first| first.owner));
    }
    LifeRow {
        kind: socket.kind,
        state,
        local: socket.local(),
        remote: if socket.kind.is_tcp() && !is_listener { remote } else { socket.remote() },
        direction: None,
        duration,
        ended: destroyed.into(),
        uid,
        owners,
        netns: socket.netns.filter(|_| has_netns).cloned(),
        names: None,
    }
}

/// How long it lasted. The first use of a socket from before the subscription was not its first.
fn lasted(destroyed: &Destroyed<'_>, seen: Option<&Seen>, first_use: Option<&FirstUse>) -> Lasted {
    match (first_use, seen) {
        (Some(first), None) => Lasted::SinceFirstUse(first.until(destroyed.time())),
        (Some(first), Some(seen)) if !seen.was_there => {
            Lasted::SinceFirstUse(first.until(destroyed.time()))
        }
        (_, Some(seen)) => {
            seen.last.checked_duration_since(seen.first).map_or(Lasted::Unknown, Lasted::AtLeast)
        }
        (None, None) => Lasted::Unknown,
    }
}
