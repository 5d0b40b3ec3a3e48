//! Events of a subscription, span by span.

use procnet::{
    ProcRoot,
    events::{Destroyed, EventsReceived, Received, SocketEvent},
};

use super::{EventColumns, EventRow, EventSpan, Subscription, programs::Programs};
use crate::{Host, Program, RecordBatch, error::Error};

/// Takes the events of a subscription, and keeps account of its span.
///
/// ```
/// use procnet::{Kinds, Query, Scanner};
/// use procnet_arrow::{EventRecorder, Host, Subscription};
///
/// let mut scanner = Scanner::new()?;
/// let mut events = scanner.destroy_events(&Query::new().kinds(Kinds::TCP))?;
/// let subscription = Subscription::of_sock_diag(&events);
/// let host = Host::read(scanner.root());
/// let mut recorder = EventRecorder::new(&host, scanner.root(), &subscription)?;
/// // When the descriptor is readable, and before a span ends:
/// let received = events.read(|destroyed| recorder.push_destroyed(destroyed))?;
/// recorder.received_destroyed(received);
/// // With the feature `parquet`, `Store::append_events` does this:
/// let batch = recorder.take()?;
/// let span = recorder.end_span();
/// assert_eq!(span.events, batch.map_or(0, |batch| batch.num_rows() as u64));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventRecorder {
    columns: EventColumns,
    programs: Programs,
    /// What those who have no program are written with.
    none: Program,
    reads_programs: bool,
    span: EventSpan,
    /// Whether a store knows that the span has begun.
    has_begun: bool,
    by_bpf: EventsReceived,
    by_sock_diag: Received,
}

impl EventRecorder {
    /// Of the host that this root is of; its first span begins at this moment. So subscribe before, and call it
    /// at once.
    ///
    /// # Errors
    ///
    /// If no further file descriptor can be opened.
    pub fn new(
        host: &Host,
        root: &ProcRoot,
        subscription: &Subscription,
    ) -> Result<EventRecorder, Error> {
        Ok(EventRecorder {
            columns: EventColumns::new(host),
            programs: Programs::new(root)?,
            none: Program::default(),
            reads_programs: true,
            span: EventSpan::new(host, subscription),
            has_begun: false,
            by_bpf: EventsReceived::default(),
            by_sock_diag: Received::default(),
        })
    }

    /// Whether to read the executable, unit, container and pod of each owner: four files of /proc once per
    /// process, which are unknown if it has ended by then. By default it does.
    #[must_use]
    pub fn programs(mut self, wanted: bool) -> EventRecorder {
        self.reads_programs = wanted;
        self
    }

    /// Whether rows have the [Community ID](procnet::community_id) of their connection, with this seed. By
    /// default they do not.
    #[must_use]
    pub fn community_ids(mut self, seed: Option<u16>) -> EventRecorder {
        self.columns = self.columns.community_ids(seed);
        self
    }

    /// Adds an event by BPF.
    pub fn push(&mut self, event: &SocketEvent<'_>) {
        let row = EventRow::from(event);
        let owner = event.owner().filter(|_| self.reads_programs);
        let program = owner.map_or(&self.none, |owner| self.programs.of(owner));
        self.columns.push(&row, program);
        self.span.events += 1;
    }

    /// Adds an end by sock_diag.
    pub fn push_destroyed(&mut self, destroyed: &Destroyed<'_>) {
        self.columns.push(&EventRow::from(destroyed), &self.none);
        self.span.events += 1;
    }

    /// Notes what a call of [`SocketEvents::read`](procnet::events::SocketEvents::read) has received.
    pub fn received(&mut self, received: EventsReceived) {
        self.by_bpf += received;
        self.span.cover(&self.by_bpf);
    }

    /// Notes what a call of [`DestroyEvents::read`](procnet::events::DestroyEvents::read) has received.
    pub fn received_destroyed(&mut self, received: Received) {
        self.by_sock_diag += received;
        self.span.cover_destroyed(&self.by_sock_diag);
    }

    /// The rows that were added since they were [taken](EventRecorder::take). A batch of
    /// [`BATCH_ROWS`](crate::BATCH_ROWS) is to be taken.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.rows()
    }

    /// Takes the rows that were added, if there are any.
    ///
    /// # Errors
    ///
    /// As for [`EventColumns::take`].
    pub fn take(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.columns.rows() == 0 {
            return Ok(None);
        }
        self.columns.take().map(Some)
    }

    /// Ends the span, and begins the next. Rows that were not taken are discarded: read once more and take
    /// them before.
    pub fn end_span(&mut self) -> EventSpan {
        self.span.end();
        let next = EventSpan::new(&self.span.host, &self.span.subscription);
        let mut next = EventSpan { time: self.span.end_time, ..next };
        next.uptime = self.span.uptime + self.span.duration;
        if self.columns.rows() > 0 {
            let _ = self.columns.take();
        }
        (self.by_bpf, self.by_sock_diag) = (EventsReceived::default(), Received::default());
        self.has_begun = false;
        std::mem::replace(&mut self.span, next)
    }

    /// The span that is being recorded.
    #[must_use]
    pub fn span(&self) -> &EventSpan {
        &self.span
    }

    /// When the span began, if no store knows that yet.
    #[cfg(feature = "parquet")]
    pub(crate) fn begins(&self) -> Option<i64> {
        (!self.has_begun).then_some(self.span.time)
    }

    /// Notes that a store knows it, and the time that it has there.
    #[cfg(feature = "parquet")]
    pub(crate) fn begun(&mut self, time: i64) {
        (self.has_begun, self.span.time) = (true, time);
    }
}
