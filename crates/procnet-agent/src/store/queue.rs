//! What the refresh hands to the writer: bounded, so that a disk that is slow costs looks and not memory.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use procnet_arrow::{EventSpan, RecordBatch, Snapshot, Table};

use super::Settings;

/// The most batches of looks that wait: of [`BATCH_ROWS`](procnet_arrow::BATCH_ROWS) rows and 1 to 2 MB each.
pub const MOST_BATCHES: usize = 8;

/// The most batches of events that wait.
pub const MOST_EVENT_BATCHES: usize = 4;

/// A step of a look, or of an event span; they may alternate.
#[derive(Debug)]
pub(super) enum Message {
    /// It begins, at this time; before it so many were not begun.
    Begin { time: i64, skipped: u64 },
    /// Some of its rows in this table.
    Rows(Table, RecordBatch),
    /// It has ended.
    End(Box<Snapshot>),
    /// Events of the span that began at this time.
    Events(i64, RecordBatch),
    /// It has ended.
    EndEvents(Box<EventSpan>),
}

impl Message {
    fn is_of_look(&self) -> bool {
        matches!(self, Message::Begin { .. } | Message::Rows(..) | Message::End(_))
    }
}

/// What the writer is to do next.
#[derive(Debug)]
pub(super) enum Next {
    /// To write.
    Write(Message),
    /// Something else from now on.
    Change(Box<Settings>),
    /// Nothing has come in time.
    Nothing,
    /// To end.
    End,
}

/// Messages in their order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: VecDeque<Message>,
    /// Batches of looks.
    batches: usize,
    event_batches: usize,
    settings: Option<Box<Settings>>,
    /// Looks since the last that was begun, for which there was no room.
    skipped: u64,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each step leaves it whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a look, unless some of an earlier one still waits.
    pub(super) fn begin(&self, time: i64) -> bool {
        let mut waiting = self.lock();
        if waiting.messages.iter().any(Message::is_of_look) {
            waiting.skipped += 1;
            return false;
        }
        let skipped = std::mem::take(&mut waiting.skipped);
        waiting.messages.push_back(Message::Begin { time, skipped });
        self.changed.notify_all();
        true
    }

    /// Adds rows of the look that was begun. If there is no room it waits for some, at most this time in
    /// total; `false` if none comes.
    pub(super) fn push(&self, table: Table, batch: RecordBatch, wait: &mut Duration) -> bool {
        let (begun, waiting) = (Instant::now(), self.lock());
        let is_full = |waiting: &mut Waiting| waiting.batches >= MOST_BATCHES;
        let waited = self.changed.wait_timeout_while(waiting, *wait, is_full);
        let (mut waiting, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        *wait = wait.saturating_sub(begun.elapsed());
        if timeout.timed_out() && waiting.batches >= MOST_BATCHES {
            return false;
        }
        waiting.batches += 1;
        waiting.messages.push_back(Message::Rows(table, batch));
        self.changed.notify_all();
        true
    }

    /// Ends the look that was begun. There is always room for that.
    pub(super) fn end(&self, snapshot: Snapshot) {
        self.lock().messages.push_back(Message::End(Box::new(snapshot)));
        self.changed.notify_all();
    }

    /// Adds events of the span that began at this time, without waiting for room: events are lost meanwhile
    /// anyway. `false` if there is none.
    pub(super) fn push_events(&self, span: i64, batch: RecordBatch) -> bool {
        let mut waiting = self.lock();
        if waiting.event_batches >= MOST_EVENT_BATCHES {
            return false;
        }
        waiting.event_batches += 1;
        waiting.messages.push_back(Message::Events(span, batch));
        self.changed.notify_all();
        true
    }

    /// Whether a span may end: not while an earlier one still waits to be written.
    pub(super) fn takes_span(&self) -> bool {
        !self.lock().messages.iter().any(|message| matches!(message, Message::EndEvents(_)))
    }

    /// Ends an event span. At the end of the agent, there is room for that, too.
    pub(super) fn end_events(&self, span: EventSpan) {
        self.lock().messages.push_back(Message::EndEvents(Box::new(span)));
        self.changed.notify_all();
    }

    pub(super) fn change(&self, settings: Settings) {
        self.lock().settings = Some(Box::new(settings));
        self.changed.notify_all();
    }

    /// Nothing will come any more.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next thing to do; waits for it until this time, if there is one.
    pub(super) fn next(&self, until: Option<Instant>) -> Next {
        let mut waiting = self.lock();
        loop {
            if let Some(settings) = waiting.settings.take() {
                return Next::Change(settings);
            }
            if let Some(message) = waiting.messages.pop_front() {
                match message {
                    Message::Rows(..) => {
                        waiting.batches -= 1;
                        self.changed.notify_all();
                    }
                    Message::Events(..) => waiting.event_batches -= 1,
                    _ => {}
                }
                return Next::Write(message);
            }
            if waiting.closed {
                return Next::End;
            }
            waiting = match until {
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Next::Nothing;
                    }
                    let waited = self.changed.wait_timeout(waiting, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use procnet_arrow::{Host, SocketColumns, Subscription};

    use super::*;

    fn batch() -> RecordBatch {
        SocketColumns::new().take().unwrap()
    }

    #[test]
    fn what_the_writer_does_not_take_is_bounded_and_its_end_still_fits() {
        let queue = Queue::default();
        assert!(queue.begin(7));
        let mut wait = Duration::from_millis(20);
        let fitted = (0..20).filter(|_| queue.push(Table::Sockets, batch(), &mut wait)).count();
        assert_eq!((fitted, wait), (MOST_BATCHES, Duration::ZERO));
        queue.end(Snapshot::new(&Host::new("web-7", None), 7));
        // Those of a second look would have no room.
        assert!(!queue.begin(8) && !queue.begin(9));
        let past = Some(Instant::now());
        let mut taken = 0;
        while let Next::Write(_) = queue.next(past) {
            taken += 1;
        }
        assert_eq!(taken, MOST_BATCHES + 2);
        assert!(queue.begin(10));
        let next = queue.next(past);
        assert!(matches!(next, Next::Write(Message::Begin { time: 10, skipped: 2 })), "{next:?}");
        assert!(matches!(queue.next(past), Next::Nothing));
        queue.close();
        assert!(matches!(queue.next(None), Next::End));
    }

    #[test]
    fn events_neither_wait_for_room_nor_take_that_of_looks() {
        let queue = Queue::default();
        let fitted = (0..20).filter(|_| queue.push_events(7, batch())).count();
        assert_eq!(fitted, MOST_EVENT_BATCHES);
        let mut wait = Duration::from_millis(20);
        assert!(queue.begin(8) && queue.push(Table::Aggregates, batch(), &mut wait));
        assert!(queue.takes_span());
        queue.end_events(EventSpan::new(&Host::new("web-7", None), &Subscription::default()));
        assert!(!queue.takes_span());
        let past = Some(Instant::now());
        for _message in 0..MOST_EVENT_BATCHES {
            let next = queue.next(past);
            assert!(matches!(next, Next::Write(Message::Events(7, _))), "{next:?}");
        }
        assert!(queue.push_events(8, batch()) && !queue.begin(9));
        for _message in 0..2 {
            assert!(matches!(queue.next(past), Next::Write(message) if message.is_of_look()));
        }
        assert!(matches!(queue.next(past), Next::Write(Message::EndEvents(_))));
        // What waits of events delays no look.
        assert!(queue.takes_span() && queue.begin(10));
    }
}
