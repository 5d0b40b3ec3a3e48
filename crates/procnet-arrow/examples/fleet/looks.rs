//! When the invented hosts were looked at, and which rows these looks have.

use procnet_arrow::LookRows;

use crate::fleet::Fleet;

/// 2026-11-29 and 2026-11-30, 03:12 UTC.
const YESTERDAY: i64 = 1_795_921_920_000_000_000;
pub(crate) const TODAY: i64 = YESTERDAY + 86_400_000_000_000;
const MINUTE: i64 = 60_000_000_000;

/// A moment at which all hosts are looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) time: i64,
    /// Which of the looks at sockets it is, or after which.
    pub(crate) at: usize,
    /// The minutes since then.
    pub(crate) minute: u32,
}

impl Fleet {
    /// When the sockets of hosts were looked at: once yesterday, then every ten minutes of today.
    fn times(&self) -> impl Iterator<Item = i64> {
        let today = (0..i64::from(self.times)).map(|at| TODAY + at * 10 * MINUTE);
        let yesterday = (self.times > 1).then_some(YESTERDAY);
        yesterday.into_iter().chain(today).take(self.times as usize)
    }

    /// When the hosts were looked at.
    pub(crate) fn moments(&self) -> Vec<Moment> {
        let minutes = 0..self.aggregates.max(1);
        let of = |(at, time)| {
            let at_minute =
                move |minute| Moment { time: time + i64::from(minute) * MINUTE, at, minute };
            minutes.clone().map(at_minute)
        };
        self.times().enumerate().flat_map(of).collect()
    }

    /// The rows of a look at a host.
    pub(crate) fn rows(&self, host: u32, moment: Moment) -> LookRows {
        // Planted: of host 11 there are no sockets of yesterday, but aggregates.
        let only = self.only_aggregates || host == 11 && moment.time < TODAY;
        match self.aggregates {
            0 => LookRows::Sockets,
            _ if only || moment.minute > 0 => LookRows::Aggregates,
            _ => LookRows::Both,
        }
    }

    /// The time since boot of a host at a moment.
    pub(crate) fn uptime(&self, host: u32, time: i64) -> u64 {
        u64::try_from(time - YESTERDAY + 864_000_000_000_000).unwrap_or(0) + u64::from(host)
    }

    /// Planted: host 9 does not answer in the last look at sockets.
    pub(crate) fn answers(&self, host: u32, moment: Moment) -> bool {
        host != 9 || moment.minute > 0 || moment.at + 1 != self.times as usize || self.times == 1
    }
}
