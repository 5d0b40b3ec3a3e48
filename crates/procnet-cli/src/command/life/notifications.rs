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
    Scanner, State,
    events::{DestroyEvents, Destroyed, Received},
};

use super::{
    looks::{Looks, Seen},
    missing::Missing,
};
use crate::{
    args::Life,
    error::Error,
    row::{Lasted, LifeRow},
};

pub(super) struct Notifications {
    events: DestroyEvents,
    looks: Looks,
    has_netns: bool,
    has_listeners: bool,
    received: Received,
}

impl Notifications {
    /// Subscribes, before the first look.
    pub(super) fn subscribe(scanner: &mut Scanner, args: &Life) -> Result<Notifications, Error> {
        Ok(Notifications {
            events: scanner.destroy_events(&args.query()?)?,
            looks: Looks::of(args, true)?,
            has_netns: args.selection.has_netns(),
            has_listeners: args.selection.has_listeners(),
            received: Received::default(),
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

    /// Passes what has ended to `each`, with whether it matches. Returns whether more may be waiting.
    pub(super) fn read(
        &mut self,
        mut each: impl FnMut(LifeRow, Option<bool>),
    ) -> Result<bool, Error> {
        let Notifications { events, looks, has_netns, has_listeners, .. } = self;
        let received = events.read(|destroyed| {
            let seen = looks.take(destroyed.socket().cookie());
            if is_reported(destroyed, seen.as_ref(), *has_listeners) {
                let matches = destroyed.matches().or(seen.as_ref().and_then(|seen| seen.matches));
                each(row(destroyed, seen, *has_netns), matches);
            }
        });
        self.received += received.map_err(Error::Notifications)?;
        Ok(self.received.more)
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
