//! When the reader is woken.
//!
//! Waking it for each event costs several microseconds, so the program does that only if it did not
//! within the last 20 ms, or if a quarter of the ring is full (`wakeup` in bpf/events.bpf.c). An event of
//! which it wakes nobody came less than 20 ms after one of which it did. That one is read before this one
//! or with it; so a timer that is set when events are read, to 20 ms later, wakes the reader in time.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::Duration,
};

use rustix::{
    event::epoll::{self, EventData, EventFlags},
    io::Errno,
    time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    },
};

/// `WAKEUP_INTERVAL` in bpf/events.bpf.c.
const INTERVAL: Duration = Duration::from_millis(20);

/// A descriptor that is readable if the program has woken it, or the timer has.
#[derive(Debug)]
pub(super) struct Wakeup {
    either: OwnedFd,
    timer: OwnedFd,
}

impl Wakeup {
    pub(super) fn new(ring: BorrowedFd<'_>) -> Result<Wakeup, Errno> {
        let either = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        // The clock by which the program counts.
        let timer = timerfd_create(TimerfdClockId::Boottime, flags)?;
        for descriptor in [ring, timer.as_fd()] {
            epoll::add(&either, descriptor, EventData::new_u64(0), EventFlags::IN)?;
        }
        Ok(Wakeup { either, timer })
    }

    /// More may be coming of which the program wakes nobody.
    pub(super) fn after_events(&self) -> Result<(), Errno> {
        self.set(INTERVAL)
    }

    /// If the timer has expired, it need not any more.
    pub(super) fn after_nothing(&self) -> Result<(), Errno> {
        match rustix::io::read(&self.timer, &mut [0; 8]) {
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    fn set(&self, after: Duration) -> Result<(), Errno> {
        let time = |duration: Duration| Timespec {
            tv_sec: duration.as_secs().try_into().unwrap_or_default(),
            tv_nsec: duration.subsec_nanos().into(),
        };
        let once = Itimerspec { it_interval: time(Duration::ZERO), it_value: time(after) };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once).map(drop)
    }
}

impl AsFd for Wakeup {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.either.as_fd()
    }
}
