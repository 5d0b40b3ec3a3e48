//! Events of which there is no record.

use std::time::SystemTime;

/// How many events have no record, by the reason; and between which times that was noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gap {
    /// There were too many in a second.
    pub(super) over_rate: u64,
    /// Too many waited.
    pub(super) no_room: u64,
    /// The collector rejected them.
    pub(super) rejected: u64,
    /// They came faster than they were read, or do not decode.
    pub(super) lost: u64,
    pub(super) times: Option<(SystemTime, SystemTime)>,
}

impl Gap {
    pub(super) fn is_none(&self) -> bool {
        self.iter().all(|(_, count)| count == 0)
    }

    /// The same, noticed now.
    pub(super) fn at(self, now: SystemTime) -> Gap {
        Gap { times: Some((now, now)), ..self }
    }

    pub(super) fn add(&mut self, other: &Gap) {
        let Gap { over_rate, no_room, rejected, lost, times } = *other;
        self.over_rate += over_rate;
        self.no_room += no_room;
        self.rejected += rejected;
        self.lost += lost;
        self.times = match (self.times, times) {
            (Some(one), Some(two)) => Some((one.0.min(two.0), one.1.max(two.1))),
            (one, two) => one.or(two),
        };
    }

    /// The attribute and the count of each reason.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [
            ("procnet.events.dropped.over_rate", self.over_rate),
            ("procnet.events.dropped.no_room", self.no_room),
            ("procnet.events.dropped.rejected", self.rejected),
            ("procnet.events.dropped.lost", self.lost),
        ]
        .into_iter()
    }
}
