//! What is read from a stream of Arrow IPC is what was written to it, of each table, and the same as in Parquet.

use std::{fs::File, path::Path};

use arrow_array::{ArrayRef, RecordBatch, TimestampNanosecondArray, UInt64Array};
use arrow_ipc::reader::StreamReader;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use procnet::{Kind, State, events::Change};
use procnet_arrow::{
    Aggregator, EventColumns, EventRow, EventSource, EventSpan, EventSpanColumns, Host, LookRows,
    OwnerRow, Program, Row, Snapshot, SnapshotColumns, SocketColumns, Subscription, Table, Written,
    ipc::TableStream,
    parquet::{Store, StoreOptions},
    schema,
};

mod common;

use common::{column, whole};

/// 2026-11-30 21:15 UTC.
const TIME: i64 = 1_796_073_300_000_000_000;

/// A look or a span: each is a batch of its table, with words that those of the others do not have.
const PARTS: [i64; 3] = [TIME, TIME + 1, TIME + 2];

fn host() -> Host {
    Host::new("web-7", Some("boot"))
}

fn owner(time: i64, one: u32) -> OwnerRow<'static> {
    let comm = [b"nginx", b"mysql", b"redis"][(time - TIME) as usize];
    OwnerRow { pid: 7 + one, start_time: Some(2), fd: one, comm }
}

fn program(time: i64) -> Program {
    let mut program = Program::default();
    program.exe = Some(format!("/usr/bin/{time}").into_bytes());
    program
}

fn row(time: i64, one: u32) -> Row<'static> {
    let mut row = Row::new(Kind::Tcp, State::ESTABLISHED);
    row.local = Some(([10, 0, 0, (time - TIME) as u8], 443).into());
    row.remote = Some(([10, 0, 1, one as u8], 40_000).into());
    row.cookie = Some(u64::from(one));
    row
}

fn sockets(time: i64) -> RecordBatch {
    let mut columns = SocketColumns::new();
    columns.begin(&host(), time);
    for one in 0..20 {
        let owners = (0..one % 3).map(|other| owner(time, other));
        columns.push(&row(time, one), owners, |_| program(time));
    }
    columns.take().unwrap()
}

fn aggregates(time: i64) -> RecordBatch {
    let mut aggregator = Aggregator::new(32768);
    aggregator.begin(&host(), time);
    (0..20).for_each(|one| aggregator.push(&row(time, one), [owner(time, 1)], |_| program(time)));
    aggregator.take().unwrap()
}

fn events(time: i64) -> RecordBatch {
    let mut columns = EventColumns::new(&host());
    for one in 0..20 {
        let mut event = EventRow::new(Change::Ended, EventSource::SockDiag, time, Kind::Tcp);
        event.cookie = Some(one);
        columns.push(&event, &program(time));
    }
    columns.take().unwrap()
}

fn snapshot(time: i64) -> Snapshot {
    let mut snapshot = Snapshot::new(&host(), time);
    (snapshot.sockets, snapshot.rows) = (20, LookRows::Both);
    snapshot.aggregates = aggregates(time).num_rows() as u64;
    snapshot.gaps = vec![format!("a gap of {time}"), "another".to_owned()];
    snapshot
}

fn span(time: i64) -> EventSpan {
    let mut span = EventSpan::new(&host(), &Subscription::default());
    (span.time, span.end_time, span.events) = (time, time + 1, 20);
    span.uptime = (time - TIME) as u64;
    span
}

/// What a store has of these: a file for each look and each span.
fn stored(root: &Path) {
    let mut options = StoreOptions::default();
    options.max_age = std::time::Duration::ZERO;
    let mut store = Store::open(root, "web-7", options).unwrap();
    for time in PARTS {
        assert_eq!(store.begin(time).unwrap(), time);
        store.write(&sockets(time)).unwrap();
        store.write_aggregates(&aggregates(time)).unwrap();
        store.end(&snapshot(time)).unwrap();
        assert_eq!(store.begin_events(time).unwrap(), time);
        store.write_events(&events(time)).unwrap();
        store.end_events(&span(time)).unwrap();
    }
    assert_eq!(store.close().unwrap().lost, 0);
}

/// The batches of a table in a store, a file each, in the order of their time.
fn in_parquet(root: &Path, table: Table) -> Vec<RecordBatch> {
    let batches = whole(root, table.name()).into_iter().map(|path| {
        let options = ArrowReaderOptions::new().with_schema(table.schema());
        let file = File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
        let batches: Result<Vec<_>, _> = reader.build().unwrap().collect();
        batches.unwrap().remove(0)
    });
    let mut batches: Vec<_> = batches.collect();
    batches.sort_by_key(|it| column::<TimestampNanosecondArray>(it, "time").value(0));
    batches
}

fn stream(table: Table, batches: &[RecordBatch]) -> Vec<u8> {
    let mut stream = TableStream::new(Vec::new(), table).unwrap();
    batches.iter().for_each(|batch| stream.write(batch).unwrap());
    stream.finish().unwrap()
}

fn read(bytes: &[u8]) -> StreamReader<&[u8]> {
    StreamReader::try_new(bytes, None).expect("a stream")
}

fn columns(batches: &[RecordBatch]) -> Vec<&[ArrayRef]> {
    batches.iter().map(RecordBatch::columns).collect()
}

#[test]
fn each_table_is_read_from_a_stream_as_it_was_written_and_as_from_parquet() {
    let root = tempfile::tempdir().unwrap();
    stored(root.path());
    for table in Table::ALL {
        let stored = in_parquet(root.path(), table);
        // What a writer adds to a snapshot or a span.
        let mut written = Written::default();
        if table == table.cover() {
            written.writer = column::<TimestampNanosecondArray>(&stored[0], "writer").value(0);
        }
        let batches = PARTS.map(|time| {
            written.sequence = (time - TIME) as u64;
            match table {
                Table::Sockets => sockets(time),
                Table::Aggregates => aggregates(time),
                Table::Events => events(time),
                Table::Snapshots => {
                    let mut columns = SnapshotColumns::new();
                    columns.push(&snapshot(time), &written);
                    columns.take().unwrap()
                }
                Table::EventSpans => {
                    let mut columns = EventSpanColumns::new();
                    columns.push(&span(time), &written);
                    columns.take().unwrap()
                }
                other => panic!("{other:?}"),
            }
        });
        let bytes = stream(table, &batches);
        let reader = read(&bytes);
        assert_eq!(reader.schema(), table.schema(), "with its version");
        let seen: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(seen, batches, "{table:?}");
        assert_eq!(columns(&seen), columns(&stored), "{table:?}");
    }
}

#[test]
fn a_stream_without_rows_has_its_schema() {
    for table in Table::ALL {
        let bytes = stream(table, &[]);
        let mut reader = read(&bytes);
        assert_eq!((reader.schema(), reader.next().is_none()), (table.schema(), true));
    }
}

#[test]
fn a_stream_that_ends_between_batches_is_read_as_whole_and_its_cover_has_more_rows() {
    let one_batch = TableStream::new(Vec::new(), Table::Sockets).and_then(|mut stream| {
        stream.write(&sockets(TIME))?;
        stream.finish()
    });
    // Without its end, which is a marker and a length of 0.
    let length = one_batch.unwrap().len() - 8;
    let cut = &stream(Table::Sockets, &PARTS.map(sockets))[..length];
    let rows: usize = read(cut).map(|batch| batch.unwrap().num_rows()).sum();
    let mut looks = SnapshotColumns::new();
    PARTS.iter().for_each(|time| looks.push(&snapshot(*time), &Written::default()));
    let covers = stream(Table::Snapshots, &[looks.take().unwrap()]);
    let covered = read(&covers).map(|batch| {
        column::<UInt64Array>(&batch.unwrap(), "sockets").iter().flatten().sum::<u64>()
    });
    assert_eq!((rows, covered.sum()), (20, 60));
    // Within one, a reader does notice.
    assert!(read(&cut[..length - 1]).any(|batch| batch.is_err()));
}

#[test]
fn a_batch_of_another_table_is_refused() {
    for table in Table::ALL {
        let other = if table == Table::Events { schema::sockets() } else { schema::events() };
        let mut stream = TableStream::new(Vec::new(), table).unwrap();
        assert!(stream.write(&RecordBatch::new_empty(other)).is_err(), "{table:?}");
    }
}
