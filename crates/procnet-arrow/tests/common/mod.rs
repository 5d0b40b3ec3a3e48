//! What the tests of written files share.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use arrow_array::{
    Array, BooleanArray, ListArray, RecordBatch, StringArray, TimestampNanosecondArray, UInt64Array,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use procnet::{Inode, Kind, State};
use procnet_arrow::{Host, OwnerRow, Program, Row, Snapshot, SocketColumns, parquet::Store};

/// A row of the table of snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub host: String,
    pub time: i64,
    pub writer: i64,
    pub sequence: u64,
    pub sockets: u64,
    pub complete: bool,
    pub gaps: Vec<String>,
    pub lost: u64,
    pub clock_step: Option<i64>,
}

/// Sockets of one host and moment, whose numbers are random, so that they take their space.
pub fn batch(host: &Host, time: i64, sockets: u64) -> RecordBatch {
    let mut columns = SocketColumns::new();
    columns.begin(host, time);
    for one in 0..sockets {
        let random = (one ^ time as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut row = Row::new(Kind::Tcp, State::ESTABLISHED);
        row.local = Some(([10, 0, 0, 1], random as u16).into());
        row.remote = Some(((random as u32).to_be_bytes(), (random >> 40) as u16).into());
        row.inode = Inode::new(random >> 8);
        row.cookie = Some(random);
        let owner = OwnerRow { pid: 1, start_time: Some(2), fd: one as u32, comm: b"test" };
        columns.push(&row, [owner], |_| Program::default());
    }
    columns.take().expect("a batch")
}

/// Writes a snapshot of so many sockets, and returns the time that it has.
pub fn write(
    store: &mut Store,
    host: &str,
    time: i64,
    sockets: u64,
) -> Result<i64, procnet_arrow::Error> {
    let host = Host::new(host, Some("boot"));
    let time = store.begin(time)?;
    store.write(&batch(&host, time, sockets))?;
    let mut snapshot = Snapshot::new(&host, time);
    (snapshot.sockets, snapshot.complete) = (sockets, true);
    store.end(&snapshot)?;
    Ok(time)
}

/// All files below a directory.
pub fn files(below: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files.extend(self::files(&path)),
            path => files.push(path),
        }
    }
    files.sort();
    files
}

/// The whole files of a table, as every engine finds them.
pub fn whole(root: &Path, table: &str) -> Vec<PathBuf> {
    let is_whole = |path: &PathBuf| path.extension().is_some_and(|it| it == "parquet");
    files(&root.join(table)).into_iter().filter(is_whole).collect()
}

/// The batches of a file.
pub fn read(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a whole file").build();
    reader.expect("a reader").map(|batch| batch.expect("a batch")).collect()
}

/// A column of a batch.
pub fn column<'b, A: 'static>(batch: &'b RecordBatch, name: &str) -> &'b A {
    batch.column_by_name(name).expect(name).as_any().downcast_ref().expect(name)
}

/// The batches of a table.
pub fn table(root: &Path, table: &str) -> Vec<RecordBatch> {
    whole(root, table).iter().flat_map(|path| read(path)).collect()
}

/// The texts of a column, with "-" for null.
pub fn words(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column: &StringArray = column(batch, name);
    column.iter().map(|text| text.unwrap_or("-").to_owned()).collect()
}

pub fn texts(list: &ListArray, row: usize) -> Vec<String> {
    let items = list.value(row);
    let items: &StringArray = items.as_any().downcast_ref().expect("texts");
    items.iter().flatten().map(str::to_owned).collect()
}

/// The snapshots in a directory.
pub fn looks(root: &Path) -> Vec<Look> {
    let mut looks = Vec::new();
    for batch in whole(root, "snapshots").iter().flat_map(|path| read(path)) {
        let steps: &arrow_array::Int64Array = column(&batch, "clock_step");
        for row in 0..batch.num_rows() {
            looks.push(Look {
                host: column::<StringArray>(&batch, "host").value(row).to_owned(),
                time: column::<TimestampNanosecondArray>(&batch, "time").value(row),
                writer: column::<TimestampNanosecondArray>(&batch, "writer").value(row),
                sequence: column::<UInt64Array>(&batch, "sequence").value(row),
                sockets: column::<UInt64Array>(&batch, "sockets").value(row),
                complete: column::<BooleanArray>(&batch, "complete").value(row),
                gaps: texts(column(&batch, "gaps"), row),
                lost: column::<UInt64Array>(&batch, "lost").value(row),
                clock_step: steps.is_valid(row).then(|| steps.value(row)),
            });
        }
    }
    looks
}

/// A row of the table of event spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRow {
    pub time: i64,
    pub end_time: i64,
    pub writer: i64,
    pub sequence: u64,
    pub events: u64,
    pub complete: bool,
    pub gaps: Vec<String>,
    pub lost: u64,
    pub lost_events: u64,
}

/// The event spans in a directory, in their order.
pub fn spans(root: &Path) -> Vec<SpanRow> {
    let mut spans = Vec::new();
    for batch in table(root, "event_spans") {
        let number = |name: &str, row| column::<UInt64Array>(&batch, name).value(row);
        let moment = |name: &str, row| column::<TimestampNanosecondArray>(&batch, name).value(row);
        for row in 0..batch.num_rows() {
            spans.push(SpanRow {
                time: moment("time", row),
                end_time: moment("end_time", row),
                writer: moment("writer", row),
                sequence: number("sequence", row),
                events: number("events", row),
                complete: column::<BooleanArray>(&batch, "complete").value(row),
                gaps: texts(column(&batch, "gaps"), row),
                lost: number("lost", row),
                lost_events: number("lost_births", row) + number("lost_ends", row),
            });
        }
    }
    spans.sort_by_key(|span| (span.writer, span.sequence));
    spans
}

/// The number of sockets of each host and moment in a directory.
pub fn sockets(root: &Path) -> BTreeMap<(String, i64), u64> {
    let mut counts = BTreeMap::new();
    for batch in whole(root, "sockets").iter().flat_map(|path| read(path)) {
        let (hosts, times) = (column::<StringArray>(&batch, "host"), column(&batch, "time"));
        let times: &TimestampNanosecondArray = times;
        for row in 0..batch.num_rows() {
            *counts.entry((hosts.value(row).to_owned(), times.value(row))).or_default() += 1;
        }
    }
    counts
}

/// Asserts that each snapshot has exactly its sockets, and is there once; and that there are no others.
#[track_caller]
pub fn assert_whole(root: &Path) {
    let (looks, mut sockets) = (looks(root), sockets(root));
    for look in looks {
        let found = sockets.remove(&(look.host.clone(), look.time));
        assert_eq!(found, Some(look.sockets), "{look:?}");
    }
    assert!(sockets.is_empty(), "sockets without a snapshot: {sockets:?}");
}
