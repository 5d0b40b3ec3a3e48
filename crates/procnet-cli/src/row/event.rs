//! A change since the last refresh.

use std::time::SystemTime;

use procnet::{
    Socket,
    events::{Destroyed, Direction, SocketEvent, Traffic},
    snapshot::Change,
};
use serde::Serialize;

use super::{LifeOwner, SocketRow, extra::append, life::to_seconds};
use crate::output::Row as _;

/// What happened to a socket, and when it was observed.
pub(crate) struct Event<'s> {
    pub(crate) time: SystemTime,
    pub(crate) observed: Observed<'s>,
    /// What was reported of its end.
    pub(crate) ended: Option<Ending>,
}

/// What is reported of the end of a socket, and of its life.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ending {
    #[serde(flatten)]
    pub(crate) ended: Ended,
    #[serde(flatten)]
    pub(crate) life: Lived,
}

/// What BPF reports beside. What is unknown is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Lived {
    /// The last state before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    began: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    /// Of UDP.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_use: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<LifeOwner>,
}

impl Lived {
    pub(crate) fn of(event: &SocketEvent<'_>) -> Lived {
        Lived {
            state: Some(event.socket().state.to_string()),
            direction: event.direction().map(direction),
            began: event.began().map(seconds),
            duration: event.duration().map(to_seconds),
            first_use: None,
            owner: event.owner().map(LifeOwner::of_event),
        }
    }

    /// Of a UDP socket.
    pub(crate) fn since(first_use: SystemTime, owner: Option<LifeOwner>) -> Lived {
        Lived { first_use: Some(seconds(first_use)), owner, ..Lived::default() }
    }
}

/// How a socket began, for programs.
pub(crate) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Connect => "connect",
        Direction::Accept => "accept",
        Direction::Listen => "listen",
    }
}

/// How it was observed.
pub(crate) enum Observed<'s> {
    /// By comparing two looks.
    Change(Change<'s>),
    /// Only by a notification.
    Ended(Socket<'s>),
}

/// What a notification reports about a socket that ended.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Ended {
    /// When the notification was read.
    pub(super) time: f64,
    pub(super) bytes_sent: Option<u64>,
    pub(super) bytes_retrans: Option<u64>,
    pub(super) bytes_acked: Option<u64>,
    pub(super) bytes_received: Option<u64>,
    pub(super) segs_out: Option<u32>,
    pub(super) segs_in: Option<u32>,
    pub(super) total_retrans: Option<u32>,
}

impl Ended {
    /// What an event by BPF reports.
    pub(crate) fn by_bpf(time: SystemTime, traffic: Option<Traffic>) -> Ended {
        Ended {
            time: seconds(time),
            bytes_sent: traffic.map(|traffic| traffic.bytes_sent),
            bytes_retrans: traffic.map(|traffic| traffic.bytes_retransmitted),
            bytes_received: traffic.map(|traffic| traffic.bytes_received),
            total_retrans: traffic.map(|traffic| traffic.retransmissions),
            ..Ended::default()
        }
    }
}

impl From<&Destroyed<'_>> for Ended {
    fn from(destroyed: &Destroyed<'_>) -> Ended {
        let info = destroyed.tcp_info();
        Ended {
            time: seconds(destroyed.time()),
            bytes_sent: info.and_then(|info| info.bytes_sent()),
            bytes_retrans: info.and_then(|info| info.bytes_retrans()),
            bytes_acked: info.and_then(|info| info.bytes_acked()),
            bytes_received: info.and_then(|info| info.bytes_received()),
            segs_out: info.and_then(|info| info.segs_out()),
            segs_in: info.and_then(|info| info.segs_in()),
            total_retrans: info.and_then(|info| info.total_retrans()),
        }
    }
}

/// The members before the sockets.
#[derive(Serialize)]
struct Form {
    event: &'static str,
    /// Seconds since 1970.
    time: f64,
}

/// What changed about a socket.
#[derive(Serialize)]
struct What {
    what: Vec<&'static str>,
}

/// The member behind the sockets.
#[derive(Serialize)]
struct WithEnded<'a> {
    ended: &'a Ending,
}

impl Event<'_> {
    /// Appends its object, as a line; `row` formats a socket.
    pub(crate) fn write<'r>(
        &'r self,
        lines: &mut Vec<u8>,
        row: impl Fn(&'r Socket<'r>) -> SocketRow<'r>,
    ) -> serde_json::Result<()> {
        let (event, socket) = match &self.observed {
            Observed::Change(change @ Change::Appeared(_)) => ("appeared", change.socket()),
            Observed::Change(change @ Change::Vanished(_)) => ("vanished", change.socket()),
            Observed::Change(change) => ("changed", change.socket()),
            Observed::Ended(socket) => ("ended", socket),
        };
        serde_json::to_writer(&mut *lines, &Form { event, time: seconds(self.time) })?;
        if let Observed::Change(Change::Changed { before, what, .. }) = &self.observed {
            append(lines, &What { what: what.names().collect() })?;
            member(lines, "before", &row(before))?;
        }
        member(lines, "socket", &row(socket))?;
        if let Some(ended) = &self.ended {
            append(lines, &WithEnded { ended })?;
        }
        lines.push(b'\n');
        Ok(())
    }
}

/// Seconds since 1970, to the millisecond.
pub(super) fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // A double represents this exactly until long after the year 9999.
    (since.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Appends a socket to an object.
fn member(lines: &mut Vec<u8>, key: &str, row: &SocketRow<'_>) -> serde_json::Result<()> {
    lines.pop();
    lines.extend_from_slice(format!(",\"{key}\":").as_bytes());
    row.object(lines)?;
    lines.push(b'}');
    Ok(())
}
