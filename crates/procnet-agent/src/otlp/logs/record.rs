//! An event that is kept until it is sent: a copy of fixed size, so that keeping it allocates nothing.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use procnet::{
    Kind, State,
    events::{Change, Direction, Evidence},
};

use crate::events::{Event, Moved};

/// The longest name of a process, in bytes (include/linux/sched.h `TASK_COMM_LEN`, without the zero).
const COMM: usize = 15;

#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) change: Change,
    pub(super) time: SystemTime,
    /// When it was read.
    pub(super) observed: SystemTime,
    pub(super) kind: Kind,
    pub(super) state: State,
    pub(super) local: Option<SocketAddr>,
    pub(super) peer: Option<SocketAddr>,
    pub(super) direction: Option<Direction>,
    pub(super) process: Option<OfProcess>,
    pub(super) uid: Option<u32>,
    pub(super) cookie: Option<u64>,
    pub(super) netns: Option<u64>,
    pub(super) duration: Option<Duration>,
    pub(super) moved: Option<Moved>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct OfProcess {
    pub(super) pid: Option<u32>,
    pub(super) evidence: Evidence,
    comm: [u8; COMM],
    length: u8,
}

impl OfProcess {
    pub(super) fn comm(&self) -> &[u8] {
        self.comm.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl Record {
    pub(super) fn of(event: &Event<'_>) -> Record {
        let process = event.owner.map(|owner| {
            let (mut comm, name) = ([0; COMM], owner.comm.as_bytes());
            comm.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
            let length = u8::try_from(name.len().min(COMM)).unwrap_or_default();
            OfProcess { pid: owner.pid, evidence: owner.evidence, comm, length }
        });
        let Event { change, time, kind, state, local, peer, direction, .. } = *event;
        let Event { uid, cookie, netns, duration, moved, .. } = *event;
        Record {
            change,
            time,
            observed: time,
            kind,
            state,
            local,
            peer,
            direction,
            process,
            uid,
            cookie,
            netns,
            duration,
            moved,
        }
    }
}
