//! Events as columns.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{
        BooleanBuilder, TimestampNanosecondBuilder, UInt16Builder, UInt32Builder, UInt64Builder,
    },
};
use procnet::{
    Inode,
    events::{Change, Direction, Evidence},
};

use super::EventRow;
use crate::{
    BATCH_ROWS, Host, Program,
    builder::{family, repeated},
    columns::{AddressColumns, Sparse, Texts, WordColumn},
    community_ids::CommunityIds,
    error::Error,
    moments::moments,
    schema,
};

/// More texts are not kept from batch to batch.
const KEPT: usize = 1 << 14;

/// Texts of any bytes, which are repeated.
#[derive(Default)]
struct Names {
    keys: Vec<i32>,
    texts: Texts,
}

impl Names {
    fn push(&mut self, bytes: Option<&[u8]>) {
        self.keys.push(bytes.map_or(-1, |bytes| self.texts.key(bytes)));
    }

    fn take(&mut self) -> ArrayRef {
        let column = self.texts.column(std::mem::take(&mut self.keys));
        if self.texts.len() > KEPT {
            self.texts.clear();
        }
        column
    }
}

/// Events as columns, of one host.
///
/// ```
/// use procnet::{Kind, events::Change};
/// use procnet_arrow::{EventColumns, EventRow, EventSource, Host, Program};
///
/// let mut columns = EventColumns::new(&Host::new("web-7", None));
/// let time = 1_764_536_400_000_000_000;
/// let mut row = EventRow::new(Change::Ended, EventSource::SockDiag, time, Kind::Tcp);
/// row.remote = Some("10.0.0.8:443".parse()?);
/// columns.push(&row, &Program::default());
/// let batch = columns.take()?;
/// assert_eq!((batch.num_rows(), batch.schema()), (1, procnet_arrow::schema::events()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventColumns {
    host: Host,
    time: Vec<i64>,
    uptime: UInt64Builder,
    event: WordColumn,
    source: WordColumn,
    netns: UInt64Builder,
    kind: WordColumn,
    family: WordColumn,
    state: WordColumn,
    local: AddressColumns,
    local_port: UInt16Builder,
    remote: AddressColumns,
    remote_port: UInt16Builder,
    uid: UInt32Builder,
    inode: UInt64Builder,
    cookie: UInt64Builder,
    interface: Sparse<u32>,
    direction: WordColumn,
    began: TimestampNanosecondBuilder,
    duration: UInt64Builder,
    pid: UInt32Builder,
    comm: Names,
    start_time: UInt64Builder,
    exe: Names,
    unit: Names,
    container: Names,
    pod: Names,
    evidence: WordColumn,
    bytes_sent: UInt64Builder,
    bytes_received: UInt64Builder,
    bytes_retrans: UInt64Builder,
    bytes_acked: Sparse<u64>,
    segs_out: Sparse<u32>,
    segs_in: Sparse<u32>,
    total_retrans: UInt32Builder,
    rtt: Sparse<u32>,
    min_rtt: Sparse<u32>,
    delivery_rate: Sparse<u64>,
    matches: BooleanBuilder,
    community_id: CommunityIds,
}

impl std::fmt::Debug for EventColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventColumns").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl EventColumns {
    /// No rows, of this host.
    #[must_use]
    pub fn new(host: &Host) -> EventColumns {
        EventColumns {
            host: host.clone(),
            time: Vec::new(),
            uptime: UInt64Builder::new(),
            event: WordColumn::default(),
            source: WordColumn::default(),
            netns: UInt64Builder::new(),
            kind: WordColumn::default(),
            family: WordColumn::default(),
            state: WordColumn::default(),
            local: AddressColumns::default(),
            local_port: UInt16Builder::new(),
            remote: AddressColumns::default(),
            remote_port: UInt16Builder::new(),
            uid: UInt32Builder::new(),
            inode: UInt64Builder::new(),
            cookie: UInt64Builder::new(),
            interface: Sparse::default(),
            direction: WordColumn::default(),
            began: TimestampNanosecondBuilder::new(),
            duration: UInt64Builder::new(),
            pid: UInt32Builder::new(),
            comm: Names::default(),
            start_time: UInt64Builder::new(),
            exe: Names::default(),
            unit: Names::default(),
            container: Names::default(),
            pod: Names::default(),
            evidence: WordColumn::default(),
            bytes_sent: UInt64Builder::new(),
            bytes_received: UInt64Builder::new(),
            bytes_retrans: UInt64Builder::new(),
            bytes_acked: Sparse::default(),
            segs_out: Sparse::default(),
            segs_in: Sparse::default(),
            total_retrans: UInt32Builder::new(),
            rtt: Sparse::default(),
            min_rtt: Sparse::default(),
            delivery_rate: Sparse::default(),
            matches: BooleanBuilder::new(),
            community_id: CommunityIds::default(),
        }
    }

    /// Whether rows have the Community ID of their connection, with this seed. By default they do not. To be
    /// called while there are no rows.
    #[must_use]
    pub fn community_ids(mut self, seed: Option<u16>) -> EventColumns {
        self.community_id.set(seed);
        self
    }

    /// The number of rows since the last batch was taken.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// Whether a batch is to be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows() >= BATCH_ROWS
    }

    /// Adds an event, and what is known of its owner.
    pub fn push(&mut self, event: &EventRow<'_>, program: &Program) {
        let row = self.rows();
        let EventRow { kind, local, remote, ref numbers, .. } = *event;
        self.time.push(event.time);
        self.uptime.append_option(event.uptime);
        self.event.push(event.event as u8, || change(event.event).to_owned());
        self.source.push(event.source as u8, || event.source.name().to_owned());
        self.netns.append_option(event.netns);
        self.kind.push(kind as u8, || kind.name().to_owned());
        self.family.push(kind as u8, || family(kind).to_owned());
        word(&mut self.state, event.state.map(|state| (state.0, state.to_string())));
        self.local.push(local.map(|local| local.ip()));
        self.local_port.append_option(local.map(|local| local.port()));
        self.remote.push(remote.map(|remote| remote.ip()));
        self.remote_port.append_option(remote.map(|remote| remote.port()));
        self.uid.append_option(event.uid);
        self.inode.append_option(event.inode.map(Inode::get));
        self.cookie.append_option(event.cookie);
        self.interface.push(row, event.interface);
        word(&mut self.direction, event.direction.map(|it| (it as u8, direction(it))));
        self.began.append_option(event.began);
        self.duration.append_option(event.duration);
        self.pid.append_option(event.pid);
        self.comm.push(event.comm);
        self.start_time.append_option(event.start_time);
        self.exe.push(program.exe.as_deref());
        self.unit.push(program.unit.as_deref());
        self.container.push(program.container.as_deref());
        self.pod.push(program.pod.as_deref());
        word(&mut self.evidence, event.evidence.map(evidence));
        self.bytes_sent.append_option(numbers.bytes_sent);
        self.bytes_received.append_option(numbers.bytes_received);
        self.bytes_retrans.append_option(numbers.bytes_retrans);
        self.bytes_acked.push(row, numbers.bytes_acked);
        self.segs_out.push(row, numbers.segs_out);
        self.segs_in.push(row, numbers.segs_in);
        self.total_retrans.append_option(numbers.total_retrans);
        self.rtt.push(row, numbers.rtt);
        self.min_rtt.push(row, numbers.min_rtt);
        self.delivery_rate.push(row, numbers.delivery_rate);
        self.matches.append_option(event.matches);
        self.community_id.push(kind, local, remote);
    }

    /// Takes the rows that were pushed since the last batch.
    ///
    /// # Errors
    ///
    /// If one batch has more text than Arrow's offsets of 32 bits can count.
    pub fn take(&mut self) -> Result<RecordBatch, Error> {
        let rows = self.rows();
        let [local_addr, local_ip] = self.local.take();
        let [remote_addr, remote_ip] = self.remote.take();
        let columns: Vec<ArrayRef> = vec![
            repeated(Some(&self.host.name), rows),
            repeated(self.host.boot_id.as_deref(), rows),
            moments(std::mem::take(&mut self.time)),
            Arc::new(self.uptime.finish()),
            self.event.take(),
            self.source.take(),
            Arc::new(self.netns.finish()),
            self.kind.take(),
            self.family.take(),
            self.state.take(),
            local_addr,
            local_ip,
            Arc::new(self.local_port.finish()),
            remote_addr,
            remote_ip,
            Arc::new(self.remote_port.finish()),
            Arc::new(self.uid.finish()),
            Arc::new(self.inode.finish()),
            Arc::new(self.cookie.finish()),
            self.interface.take(rows, None),
            self.direction.take(),
            Arc::new(self.began.finish().with_timezone("UTC")),
            Arc::new(self.duration.finish()),
            Arc::new(self.pid.finish()),
            self.comm.take(),
            Arc::new(self.start_time.finish()),
            self.exe.take(),
            self.unit.take(),
            self.container.take(),
            self.pod.take(),
            self.evidence.take(),
            Arc::new(self.bytes_sent.finish()),
            Arc::new(self.bytes_received.finish()),
            Arc::new(self.bytes_retrans.finish()),
            self.bytes_acked.take(rows, None),
            self.segs_out.take(rows, None),
            self.segs_in.take(rows, None),
            Arc::new(self.total_retrans.finish()),
            self.rtt.take(rows, None),
            self.min_rtt.take(rows, None),
            self.delivery_rate.take(rows, None),
            Arc::new(self.matches.finish()),
            self.community_id.take(rows),
        ];
        Ok(RecordBatch::try_new(schema::events(), columns)?)
    }
}

/// A word that may be unknown, by its number.
fn word(words: &mut WordColumn, known: Option<(u8, impl Into<String>)>) {
    match known {
        Some((number, word)) => words.push(number, || word.into()),
        None => words.push_null(),
    }
}

fn change(change: Change) -> &'static str {
    match change {
        Change::Began => "began",
        Change::Ended => "ended",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Connect => "connect",
        Direction::Accept => "accept",
        Direction::Listen => "listen",
    }
}

fn evidence(evidence: Evidence) -> (u8, &'static str) {
    match evidence {
        Evidence::Connect => (0, "connect"),
        Evidence::Listen => (1, "listen"),
        Evidence::Use => (2, "use"),
        Evidence::Close => (3, "close"),
        _ => (4, "other"),
    }
}
