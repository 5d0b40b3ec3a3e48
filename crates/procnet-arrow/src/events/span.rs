//! An interval in which events were received: of what, and what was lost.

use procnet::{
    Kinds,
    events::{DestroyEvents, EventsReceived, Received, SocketEvents},
};

use crate::{
    Host,
    host::{now, uptime},
};

/// Who reports events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventSource {
    /// BPF programs on tracepoints.
    Bpf,
    /// Destroy notifications of sock_diag.
    #[default]
    SockDiag,
}

impl EventSource {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventSource::Bpf => "bpf",
            EventSource::SockDiag => "sock_diag",
        }
    }
}

/// What a subscription reports: of nothing else the absence of an event says anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// Who reports them.
    pub source: EventSource,
    /// The kinds of sockets whose begin is reported.
    pub births: Kinds,
    /// Those whose end is.
    pub ends: Kinds,
    /// Whether those of all network namespaces are, or of one.
    pub all_namespaces: bool,
    /// The inode of that one, if it is known.
    pub netns: Option<u64>,
    /// What else limits it, in the language of `ss`; `None` if nothing does.
    pub scope: Option<String>,
}

impl Subscription {
    /// That of one network namespace by BPF; `births` as
    /// [`EventOptions::births`](procnet::events::EventOptions::births).
    #[must_use]
    pub fn of_bpf(events: &SocketEvents, births: bool) -> Subscription {
        let births = if births { events.kinds() } else { Kinds::NONE };
        let ends = events.kinds() & Kinds::TCP;
        Subscription { source: EventSource::Bpf, births, ends, ..Subscription::default() }
    }

    /// That of one network namespace by sock_diag.
    #[must_use]
    pub fn of_sock_diag(events: &DestroyEvents) -> Subscription {
        Subscription { ends: events.kinds(), ..Subscription::default() }
    }

    /// The same of all network namespaces of the host.
    #[must_use]
    pub fn of_all_namespaces(self) -> Subscription {
        Subscription { all_namespaces: true, netns: None, ..self }
    }

    /// The same of the network namespace with this inode.
    #[must_use]
    pub fn of_netns(self, inode: u64) -> Subscription {
        Subscription { all_namespaces: false, netns: Some(inode), ..self }
    }

    /// The same with what else limits it.
    #[must_use]
    pub fn limited_to(self, scope: &str) -> Subscription {
        Subscription { scope: Some(scope.to_owned()), ..self }
    }
}

/// An interval in which events were received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventSpan {
    /// Which host.
    pub host: Host,
    /// When it began, in nanoseconds since 1970, UTC, by the host's clock.
    pub time: i64,
    /// The time since boot then, in nanoseconds.
    pub uptime: u64,
    /// When it ended, by the host's clock.
    pub end_time: i64,
    /// How long it was, in nanoseconds, by the clock that is never set.
    pub duration: u64,
    /// What is reported.
    pub subscription: Subscription,
    /// The number of events, which are as many rows.
    pub events: u64,
    /// Births that were lost.
    pub lost_births: u64,
    /// Ends that were lost: by sock_diag, at least so many.
    pub lost_ends: u64,
    /// Events that do not decode.
    pub undecodable: u64,
    /// Whether nothing was lost.
    pub complete: bool,
    /// What was, a line each. Empty if it is complete.
    pub gaps: Vec<String>,
}

impl EventSpan {
    /// One that begins at this moment.
    #[must_use]
    pub fn new(host: &Host, subscription: &Subscription) -> EventSpan {
        EventSpan {
            host: host.clone(),
            time: now(),
            uptime: uptime(),
            subscription: subscription.clone(),
            complete: true,
            ..EventSpan::default()
        }
    }

    /// Ends it at this moment.
    pub fn end(&mut self) {
        self.end_time = now();
        self.duration = uptime().saturating_sub(self.uptime);
    }

    /// Notes what all calls of [`SocketEvents::read`] received in it, added up.
    pub fn cover(&mut self, received: &EventsReceived) {
        (self.lost_births, self.lost_ends) = (received.lost_births, received.lost_ends);
        self.undecodable = received.undecodable;
        self.miss(received.is_complete(), &received.to_string());
    }

    /// Notes what all calls of [`DestroyEvents::read`] received in it, added up.
    pub fn cover_destroyed(&mut self, received: &Received) {
        (self.lost_ends, self.undecodable) = (received.lost, received.undecodable);
        self.miss(received.is_complete(), &received.to_string());
    }

    /// Notes that some of its events are no rows, and why, after everything else was noted: they are lost.
    pub fn leave_out(&mut self, births: u64, ends: u64, why: &str) {
        self.events = self.events.saturating_sub(births + ends);
        self.lost_births += births;
        self.lost_ends += ends;
        self.complete = false;
        self.gaps.push(format!("{births} births and {ends} ends of sockets: {why}"));
    }

    fn miss(&mut self, is_complete: bool, lines: &str) {
        self.complete = is_complete;
        self.gaps = lines.lines().map(str::to_owned).collect();
    }
}
