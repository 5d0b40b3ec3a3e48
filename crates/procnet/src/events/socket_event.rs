//! One event of a socket, as the BPF program reports it.

use std::time::{Duration, SystemTime};

use procnet_core::State;

use super::EventOwner;
use crate::{
    Socket,
    filter::{
        Condition, Known, OfSocket, OwnersSeen, ResolvedNames, States, comm_matches,
        listening_states,
    },
    netns::Namespace,
    socket::SocketFields,
};

/// A socket that began or ended.
#[derive(Clone, Debug)]
pub struct SocketEvent<'a> {
    pub(super) fields: SocketFields,
    pub(super) netns: Option<&'a Namespace>,
    pub(super) change: Change,
    pub(super) direction: Option<Direction>,
    pub(super) owner: Option<EventOwner>,
    pub(super) time: SystemTime,
    pub(super) uptime: Duration,
    pub(super) began: Option<SystemTime>,
    pub(super) duration: Option<Duration>,
    pub(super) traffic: Option<Traffic>,
    pub(super) matches: Option<bool>,
}

/// What happened to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A connection was established, a socket listens, or a UDP socket was used for the first time.
    Began,
    /// A TCP socket was closed. If its connection remains in `TIME_WAIT`, this was at the begin of that.
    Ended,
}

/// How a TCP socket began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// By `connect`.
    Connect,
    /// As a connection to a listener.
    Accept,
    /// By `listen`.
    Listen,
}

/// What a TCP socket has carried until its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Traffic {
    /// Bytes of data that were sent, and those [sent again](Traffic::bytes_retransmitted) each time.
    pub bytes_sent: u64,
    /// Bytes of data that were received. The kernel counts a received `FIN` as one more (net/ipv4/tcp_input.c
    /// `tcp_rcv_nxt_update`), which is subtracted here, and not in
    /// [`Destroyed::tcp_info`](super::Destroyed::tcp_info).
    pub bytes_received: u64,
    /// Bytes of data that were sent again.
    pub bytes_retransmitted: u64,
    /// Segments that were sent again, also those without data.
    pub retransmissions: u32,
}

impl SocketEvent<'_> {
    /// The same with this namespace.
    pub(super) fn of_namespace<'n>(self, netns: Option<&'n Namespace>) -> SocketEvent<'n> {
        let SocketEvent {
            fields,
            netns: _,
            change,
            direction,
            owner,
            time,
            uptime,
            began,
            duration,
            traffic,
            matches,
        } = self;
        SocketEvent {
            fields,
            netns,
            change,
            direction,
            owner,
            time,
            uptime,
            began,
            duration,
            traffic,
            matches,
        }
    }

    /// What happened.
    #[must_use]
    pub fn change(&self) -> Change {
        self.change
    }

    /// The socket: its kind, cookie, addresses, interface, user, and network namespace if the query
    /// selects any. Of one that ended, the state is the last one before `CLOSE`: `LAST_ACK` or
    /// `FIN_WAIT2` of a connection that was closed in order, `SYN_SENT` of one that was never
    /// established, `ESTABLISHED` of one that was reset. Its [`raw`](Socket::raw) form is empty.
    #[must_use]
    pub fn socket(&self) -> Socket<'_> {
        let mut socket = Socket::new(&self.fields, &[]);
        socket.netns = self.netns;
        socket
    }

    /// How it began; `None` if that is unknown, as it was before the subscription, and for UDP.
    #[must_use]
    pub fn direction(&self) -> Option<Direction> {
        self.direction
    }

    /// The process whose it is, if that is known: see [`Evidence`](super::Evidence).
    #[must_use]
    pub fn owner(&self) -> Option<&EventOwner> {
        self.owner.as_ref()
    }

    /// When it happened, by the kernel's clock.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The time since boot then, by `CLOCK_BOOTTIME` of this process: the order of events, whoever sets the
    /// host's clock.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.uptime
    }

    /// When the socket began: when `connect` or `listen` was called, an accepted connection was
    /// established, or a UDP socket was used for the first time; `None` if that was before the
    /// subscription.
    #[must_use]
    pub fn began(&self) -> Option<SystemTime> {
        self.began
    }

    /// The time since then, to the nanosecond, also while the host is suspended. Of a connection that
    /// began, how long it took to be established.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// What it has carried: of a TCP socket that ended, and was no listener.
    #[must_use]
    pub fn traffic(&self) -> Option<Traffic> {
        self.traffic
    }

    /// Whether it matches the filter of the query; `None` if that depends on what is unknown, such as
    /// an owner, or whether it was ever in some state.
    #[must_use]
    pub fn matches(&self) -> Option<bool> {
        self.matches
    }
}

/// What is known about a socket of an event, when a filter is decided.
#[derive(Clone, Copy)]
pub(super) struct OfEvent<'a, 'f> {
    pub(super) event: &'a SocketEvent<'a>,
    pub(super) names: &'a ResolvedNames<'f>,
}

/// The other states in which a connection may have been that was established.
const BEFORE_THE_END: [State; 7] = [
    State::SYN_SENT,
    State::SYN_RECV,
    State::FIN_WAIT1,
    State::FIN_WAIT2,
    State::CLOSE_WAIT,
    State::CLOSING,
    State::LAST_ACK,
];

impl OfEvent<'_, '_> {
    /// Whether it is, or was before it ended, in one of these states.
    fn was_in(&self, states: States) -> Option<bool> {
        let SocketEvent { fields, change, .. } = self.event;
        let is_last = states.contains(fields.state);
        if is_last || *change == Change::Began {
            return Some(is_last);
        }
        match fields.state {
            State::LISTEN | State::SYN_SENT => Some(false),
            State::SYN_RECV => None,
            // It was established.
            _ if states.contains(State::ESTABLISHED) => Some(true),
            _ => BEFORE_THE_END.iter().all(|state| !states.contains(*state)).then_some(false),
        }
    }

    fn has_owner(&self, is_it: impl Fn(&EventOwner) -> Option<bool>) -> Option<bool> {
        self.event.owner.as_ref().and_then(is_it)
    }
}

impl Known for OfEvent<'_, '_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let OfEvent { event, names } = *self;
        match condition {
            Condition::States(states) => self.was_in(*states),
            Condition::Listening => self.was_in(listening_states(event.fields.kind)),
            Condition::Inode(_) => None,
            Condition::Pid(pid) => self.has_owner(|owner| Some(owner.pid == Some(*pid))),
            Condition::Comm(pattern) => {
                self.has_owner(|owner| comm_matches(pattern, owner.comm.as_bytes()))
            }
            Condition::RunsIn(within, pattern) => {
                self.has_owner(|owner| within.holds(&owner.control_group, pattern))
            }
            other => {
                let socket = &event.socket();
                OfSocket { socket, names, owners: OwnersSeen::No }.holds(other)
            }
        }
    }
}
