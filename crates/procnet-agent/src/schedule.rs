//! When the next refresh is due.

use std::time::Duration;

/// The longest pause that failures cause.
const MOST: Duration = Duration::from_secs(600);

/// Decides how long to wait between refreshes, so that what they take stays within a share of the CPU time.
///
/// CPU time that was used beyond the share is a debt. It is paid off by waiting, at the rate of the share;
/// so a refresh of 0.1 s at 1 % is followed by 10 s without one. A refresh that was not finished within its
/// deadline doubles the interval, up to ten minutes.
///
/// It has no clock of its own: it is given the time that has passed.
///
/// ```
/// use procnet_agent::schedule::{Outcome, Schedule};
/// use std::time::Duration;
///
/// let mut schedule = Schedule::new(Duration::from_secs(5), 0.01);
/// let (wall, cpu) = (Duration::from_millis(200), Duration::from_millis(100));
/// assert_eq!(schedule.after(wall, cpu, Outcome::Finished), Duration::from_millis(9_800));
/// ```
#[derive(Clone, Debug)]
pub struct Schedule {
    interval: Duration,
    share: f64,
    /// Seconds of CPU time that are not paid off.
    debt: f64,
    unfinished: u32,
}

/// How a refresh went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is an answer.
    Finished,
    /// There is none: the deadline passed, or the kernel refused.
    Unfinished,
}

impl Schedule {
    /// With this time from the begin of one refresh to that of the next, and this share of one CPU's time.
    #[must_use]
    pub fn new(interval: Duration, share: f64) -> Schedule {
        Schedule { interval, share, debt: 0.0, unfinished: 0 }
    }

    /// Notes what was used since the last call: the time that passed, and the CPU time.
    pub fn spent(&mut self, wall: Duration, cpu: Duration) {
        let paid = wall.as_secs_f64() * self.share;
        self.debt = (self.debt + cpu.as_secs_f64() - paid).max(0.0);
    }

    /// The time to wait after a refresh that took this long.
    pub fn after(&mut self, wall: Duration, cpu: Duration, outcome: Outcome) -> Duration {
        self.spent(wall, cpu);
        self.unfinished = match outcome {
            Outcome::Finished => 0,
            Outcome::Unfinished => self.unfinished.saturating_add(1),
        };
        let factor = 2_u32.saturating_pow(self.unfinished);
        let interval = self.interval.saturating_mul(factor).min(MOST.max(self.interval));
        self.owed().max(interval.saturating_sub(wall))
    }

    /// How long it takes to pay off what is owed now.
    #[must_use]
    pub fn owed(&self) -> Duration {
        Duration::try_from_secs_f64(self.debt / self.share).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A clock that only the test moves.
    fn run(schedule: &mut Schedule, refreshes: &[(u32, u32, Outcome)]) -> Vec<u128> {
        let each = refreshes.iter().map(|(wall, cpu, outcome)| {
            let pause = schedule.after(MS * *wall, MS * *cpu, *outcome);
            schedule.spent(pause, Duration::ZERO);
            pause.as_millis()
        });
        each.collect()
    }

    #[test]
    fn a_cheap_refresh_is_repeated_at_the_interval() {
        let mut schedule = Schedule::new(MS * 5000, 0.01);
        let cheap = (20, 20, Outcome::Finished);
        assert_eq!(run(&mut schedule, &[cheap; 3]), [4980; 3]);
    }

    #[test]
    fn a_costly_refresh_waits_until_its_share_is_paid() {
        let mut schedule = Schedule::new(MS * 5000, 0.01);
        let costly = (400, 300, Outcome::Finished);
        let cheap = (10, 10, Outcome::Finished);
        // 300 ms at 1 % are 30 s, of which 0.4 s have passed.
        assert_eq!(run(&mut schedule, &[costly, costly, cheap]), [29_600, 29_600, 4990]);
    }

    #[test]
    fn the_share_holds_in_the_long_run_whatever_refreshes_cost() {
        let mut schedule = Schedule::new(MS * 1000, 0.02);
        let (mut time, mut cpu) = (Duration::ZERO, Duration::ZERO);
        for round in 0_u32..500 {
            let cost = MS * (round * 7919 % 97);
            let pause = schedule.after(cost * 2, cost, Outcome::Finished);
            schedule.spent(pause, Duration::ZERO);
            time += cost * 2 + pause;
            cpu += cost;
        }
        assert!(cpu.as_secs_f64() <= time.as_secs_f64() * 0.02 + 0.001, "{cpu:?} of {time:?}");
    }

    #[test]
    fn each_unfinished_refresh_doubles_the_interval_up_to_ten_minutes() {
        let mut schedule = Schedule::new(MS * 5000, 0.5);
        let late = (1000, 1, Outcome::Unfinished);
        let mut pauses = run(&mut schedule, &[late; 9]);
        assert_eq!(pauses.split_off(7), [599_000; 2]);
        assert_eq!(pauses, [9000, 19_000, 39_000, 79_000, 159_000, 319_000, 599_000]);
        // One that is finished ends that.
        assert_eq!(run(&mut schedule, &[(1000, 1, Outcome::Finished)]), [4000]);
    }

    #[test]
    fn what_is_used_between_refreshes_counts_as_well() {
        let mut schedule = Schedule::new(MS * 1000, 0.01);
        schedule.spent(MS * 1000, MS * 60);
        // 60 ms less the 10 that one second pays are 5 s.
        assert_eq!(schedule.owed(), MS * 5000);
        assert_eq!(schedule.after(Duration::ZERO, Duration::ZERO, Outcome::Finished), MS * 5000);
    }
}
