//! Clocks, and the memory of this process.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use rustix::time::{ClockId, clock_gettime};

fn of(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// The CPU time of this thread.
pub(crate) fn thread() -> Duration {
    of(ClockId::ThreadCPUTime)
}

/// The CPU time of this process.
pub(super) fn process() -> Duration {
    of(ClockId::ProcessCPUTime)
}

/// The time since boot, suspension included, in nanoseconds.
pub(super) fn boot() -> u64 {
    u64::try_from(of(ClockId::Boottime).as_nanos()).unwrap_or(u64::MAX)
}

/// Seconds since 1970.
pub(super) fn unix() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// The resident memory of this process in bytes (fs/proc/task_mmu.c `task_statm`); 0 if it is unknown.
pub(super) fn resident() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
