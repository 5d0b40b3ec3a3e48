//! Reading events, between refreshes.

use std::{
    io::Read as _,
    os::{fd::AsFd as _, unix::net::UnixStream},
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Refresher, Request, clock};
use crate::{
    events::EventSource,
    log::{self, Level},
};

/// The shortest and the longest time between two reads of events. The longer they wait, the less a read costs for each;
/// and what costs more than the budget waits as long as the buffer is likely to have room.
const EVENTS_READ: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

impl Refresher {
    /// Counts events until the next refresh is due, or there is a request.
    pub(super) fn wait(
        &mut self,
        mut due: Instant,
        requests: &Receiver<Request>,
        wake: &mut UnixStream,
    ) -> Option<Request> {
        let (mut read_at, mut noted) = (Instant::now(), Instant::now());
        loop {
            if let Ok(request) = requests.try_recv() {
                return Some(request);
            }
            let now = Instant::now();
            let readable = {
                let events = self.events.fd().filter(|_| now >= read_at);
                let until = if events.is_some() || self.events.fd().is_none() {
                    due
                } else {
                    due.min(read_at)
                };
                let mut fds = vec![PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN)];
                fds.extend(events.map(|events| PollFd::from_borrowed_fd(events, PollFlags::IN)));
                let timeout = Timespec::try_from(until.saturating_duration_since(now)).ok();
                let polled = poll(&mut fds, timeout.as_ref()).is_ok();
                let ready =
                    |at: usize| polled && fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
                let (woken, readable) = (ready(0), ready(1));
                drop(fds);
                if woken && matches!(wake.read(&mut [0; 16]), Ok(0)) {
                    // The other thread has ended.
                    return Some(Request::Stop);
                }
                readable
            };
            if readable {
                let cpu = clock::thread();
                self.read_events();
                let sending = self.logs.as_ref().map_or(Duration::ZERO, |logs| logs.cpu());
                let cpu = clock::thread().saturating_sub(cpu) + sending;
                self.schedule.spent(noted.elapsed(), cpu);
                noted = Instant::now();
                let owed = self.schedule.owed();
                read_at = noted + owed.clamp(EVENTS_READ.0, EVENTS_READ.1);
                due = due.max(noted + owed);
            }
            // Not before: a refresh that is always due at once would leave all events unread.
            let now = Instant::now();
            if now >= due {
                self.schedule.spent(now - noted, Duration::ZERO);
                return None;
            }
        }
    }

    /// Reads events if a consumer wants that, though none may wait.
    pub(super) fn read_if_due(&mut self) {
        let now = Instant::now();
        if self.consumers.iter().any(|it| it.due().is_some_and(|due| due <= now)) {
            self.read_events();
        }
    }

    /// Counts the events that wait, and lends them to whatever wants them.
    pub fn read_events(&mut self) {
        let Refresher { events, consumers, agent, .. } = self;
        let mut costs = agent.value();
        let counts = &mut costs.events;
        let read = events.read(|event| {
            counts.add(event);
            consumers.iter_mut().for_each(|consumer| consumer.event(event));
        });
        match read {
            Ok(received) => {
                counts.add_lost(&received);
                consumers.iter_mut().for_each(|consumer| consumer.end(&received));
            }
            Err(error) => {
                counts.errors += 1;
                log::write(Level::Error, "events cannot be read", &[("reason", &error)]);
                consumers.iter_mut().for_each(|consumer| consumer.failed(&error));
                // A descriptor that is in error is readable for good.
                *events = EventSource::None;
            }
        }
    }
}
