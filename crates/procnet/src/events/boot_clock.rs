//! The clock of events: the kernel's `CLOCK_BOOTTIME`, as the initial time namespace counts it.

use std::time::{Duration, SystemTime};

use rustix::{
    param::clock_ticks_per_second,
    time::{ClockId, clock_gettime},
};

use crate::{ProcRoot, file};

/// How the clock of this process differs from the kernel's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BootClock {
    /// In nanoseconds; of a time namespace, 0 without.
    offset: i128,
}

impl BootClock {
    /// That of this process. Without the file, the kernel has no time namespaces.
    pub(super) fn of(root: &ProcRoot, text: &mut Vec<u8>) -> BootClock {
        let offsets =
            file::read_small(root.dir(), b"self/timens_offsets", text).unwrap_or_default();
        BootClock { offset: parse(offsets).unwrap_or_default() }
    }

    /// The time of the system at the kernel's time 0, by its present clock.
    pub(super) fn epoch(self) -> SystemTime {
        let now = clock_gettime(ClockId::Boottime);
        let now = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec) - self.offset;
        let since = Duration::from_nanos(u64::try_from(now).unwrap_or_default());
        SystemTime::now().checked_sub(since).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// A time of the kernel's clock, as the clock of this process shows it.
    pub(super) fn uptime(self, time: Duration) -> Duration {
        Duration::from_nanos(u64::try_from(self.shown(time)).unwrap_or_default())
    }

    fn shown(self, time: Duration) -> i128 {
        i128::try_from(time.as_nanos()).unwrap_or_default() + self.offset
    }

    /// The start time of a process, as /proc shows it: in ticks of this time namespace's clock
    /// (fs/proc/array.c `do_task_stat`).
    pub(super) fn ticks(self, started: Duration) -> u64 {
        let shown = self.shown(started);
        let tick = 1_000_000_000 / i128::from(clock_ticks_per_second().max(1));
        u64::try_from(shown / tick).unwrap_or_default()
    }
}

/// The line `boottime SECONDS NANOSECONDS` of `timens_offsets` (kernel/time/namespace.c
/// `proc_timens_show_offsets`).
fn parse(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("boottime"))?;
    let mut numbers = line.split_ascii_whitespace().map(str::parse::<i128>);
    let (seconds, nanoseconds) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some(seconds * 1_000_000_000 + nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_a_time_namespace_are_seconds_and_nanoseconds() {
        let text = b"monotonic           0         0\nboottime       864000       500\n";
        assert_eq!(parse(text), Some(864_000_000_000_500));
        assert_eq!(parse(b"boottime -1 999999999\n"), Some(-1));
        assert_eq!(parse(b"boottime x\n"), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn start_times_are_those_that_proc_shows() {
        let tick = 1_000_000_000 / clock_ticks_per_second();
        let started = Duration::from_nanos(5 * tick - 1);
        assert_eq!(BootClock { offset: 0 }.ticks(started), 4);
        assert_eq!(BootClock { offset: 1 }.ticks(started), 5);
        assert_eq!(BootClock { offset: -100 * i128::from(tick) }.ticks(started), 0);
        let uptime = |offset| BootClock { offset }.uptime(started).as_nanos();
        assert_eq!((uptime(0), uptime(1)), (started.as_nanos(), started.as_nanos() + 1));
        assert_eq!(uptime(-100 * i128::from(tick)), 0);
    }
}
