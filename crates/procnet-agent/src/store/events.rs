//! Events as rows.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use procnet::{
    ProcRoot,
    events::{Change, EventsReceived, Received as FromSockDiag},
};
use procnet_arrow::{BATCH_ROWS, Error, EventRecorder, EventSource, Host, Subscription};

use super::{Status, queue::Queue};
use crate::events::{Consumer, Event, Received, Reported};

/// How long a span is. It is longer while the writer has not written the one before, and if refreshes are less
/// frequent and there are no events.
pub(super) const SPAN: Duration = Duration::from_secs(10);

/// Makes rows of events, and a row of each span in which they are received.
#[derive(Debug)]
pub struct EventRows {
    recorder: EventRecorder,
    source: EventSource,
    queue: Arc<Queue>,
    status: Arc<Status>,
    /// When the span is to end; `None` if there are no events any more.
    due: Option<Instant>,
    /// Rows that were not handed over yet.
    waiting: Rows,
    /// Rows of the span that could not be.
    left_out: Rows,
}

#[derive(Clone, Copy, Debug, Default)]
struct Rows {
    births: u64,
    ends: u64,
}

impl EventRows {
    pub(super) fn new(
        host: &Host,
        root: &ProcRoot,
        subscription: &Subscription,
        seed: Option<u16>,
        queue: Arc<Queue>,
        status: Arc<Status>,
    ) -> Result<EventRows, Error> {
        Ok(EventRows {
            recorder: EventRecorder::new(host, root, subscription)?.community_ids(seed),
            source: subscription.source,
            queue,
            status,
            due: Some(Instant::now() + SPAN),
            waiting: Rows::default(),
            left_out: Rows::default(),
        })
    }

    /// Hands the rows so far to the writer.
    fn hand_over(&mut self) {
        let Rows { births, ends } = std::mem::take(&mut self.waiting);
        let handed = match self.recorder.take() {
            Ok(None) => return,
            Ok(Some(batch)) => self.queue.push_events(self.recorder.span().time, batch),
            // A batch with more text than Arrow counts.
            Err(_) => false,
        };
        if !handed {
            self.left_out.births += births;
            self.left_out.ends += ends;
            self.status.leave_out_events(births + ends);
        }
    }

    /// Ends the span; another begins at this moment.
    fn end_span(&mut self, why: Option<String>) {
        self.hand_over();
        let mut span = self.recorder.end_span();
        let Rows { births, ends } = std::mem::take(&mut self.left_out);
        if births + ends > 0 {
            span.leave_out(births, ends, "the writer was too slow for them");
        }
        if let Some(why) = why {
            span.complete = false;
            span.gaps.push(why);
        }
        self.queue.end_events(span);
        self.due = Some(Instant::now() + SPAN);
    }
}

impl Consumer for EventRows {
    fn event(&mut self, event: &Event<'_>) {
        match event.reported {
            Reported::Bpf(event) => self.recorder.push(event),
            Reported::SockDiag(destroyed) => self.recorder.push_destroyed(destroyed),
        }
        match event.change {
            Change::Began => self.waiting.births += 1,
            Change::Ended => self.waiting.ends += 1,
        }
        if self.recorder.rows() >= BATCH_ROWS {
            self.hand_over();
        }
    }

    fn end(&mut self, received: &Received) {
        let Some(due) = self.due else { return };
        if self.source == EventSource::Bpf {
            let mut by_bpf = EventsReceived::default();
            (by_bpf.lost_births, by_bpf.lost_ends) = (received.lost_births, received.lost_ends);
            by_bpf.undecodable = received.undecodable;
            self.recorder.received(by_bpf);
        } else {
            let mut by_sock_diag = FromSockDiag::default();
            by_sock_diag.lost = received.lost_ends;
            by_sock_diag.undecodable = received.undecodable;
            self.recorder.received_destroyed(by_sock_diag);
        }
        if Instant::now() >= due && self.queue.takes_span() {
            self.end_span(None);
        }
    }

    fn failed(&mut self, error: &io::Error) {
        if self.due.is_some() {
            self.end_span(Some(format!("events cannot be read: {error}")));
            // The next span, which is never ended, is not written: nobody watches.
            self.due = None;
        }
    }

    fn due(&self) -> Option<Instant> {
        self.due
    }
}

impl Drop for EventRows {
    /// Ends the span.
    fn drop(&mut self) {
        if self.due.is_some() {
            self.end_span(None);
        }
    }
}
