//! All tables of a store have the same guarantees: whole files only, rows never without what covers them,
//! bounded together, and losses that are reported.

use std::{
    collections::BTreeMap,
    env,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use arrow_array::{BooleanArray, ListArray, TimestampNanosecondArray, UInt64Array};
use procnet::{Kind, State, events::Change};
use procnet_arrow::{
    Aggregator, Error, EventColumns, EventRow, EventSource, EventSpan, Host, LookRows, OwnerRow,
    Program, Row, Snapshot, SocketColumns, Subscription, Table, now,
    parquet::{Store, StoreOptions, WhenFull},
};

mod common;

use common::{batch, column, files, table, texts, whole, words};

/// 2026-11-30 21:15 UTC.
const TIME: i64 = 1_796_073_300_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

fn open(root: &Path, max_age: Duration) -> Store {
    let mut options = StoreOptions::default();
    options.max_age = max_age;
    Store::open(root, "web-7", options).expect("a store")
}

fn host() -> Host {
    Host::new("web-7", Some("boot"))
}

/// Writes a look with rows of these tables.
fn look(store: &mut Store, time: i64, rows: LookRows, sockets: u64) -> Result<i64, Error> {
    let time = store.begin(time)?;
    let mut snapshot = Snapshot::new(&host(), time);
    (snapshot.sockets, snapshot.complete, snapshot.rows) = (sockets, true, rows);
    if rows.has_sockets() {
        store.write(&batch(&host(), time, sockets))?;
    }
    if rows.has_aggregates() {
        let mut aggregator = Aggregator::new(32768);
        aggregator.begin(&host(), time);
        for one in 0..sockets {
            let mut row = Row::new(Kind::Tcp, State::ESTABLISHED);
            row.local = Some(([10, 0, 0, 1], (one % 100 + 1) as u16).into());
            let owner = OwnerRow { pid: 7, start_time: Some(2), fd: 3, comm: b"test" };
            aggregator.push(&row, [owner], |_| Program::default());
        }
        snapshot.aggregates = aggregator.rows() as u64;
        store.write_aggregates(&aggregator.take()?)?;
    }
    store.end(&snapshot)?;
    Ok(time)
}

/// Writes a span of so many events.
fn span(store: &mut Store, time: i64, events: u64) -> Result<i64, Error> {
    let mut span = EventSpan::new(&host(), &Subscription::default());
    span.time = store.begin_events(time)?;
    let mut columns = EventColumns::new(&host());
    for one in 0..events {
        let time = span.time + i64::try_from(one).unwrap();
        let mut row = EventRow::new(Change::Ended, EventSource::SockDiag, time, Kind::Tcp);
        row.cookie = Some((one ^ time as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        columns.push(&row, &Program::default());
    }
    store.write_events(&columns.take()?)?;
    (span.events, span.end_time) = (events, span.time + i64::try_from(events).unwrap());
    store.end_events(&span)?;
    Ok(span.time)
}

/// Asserts that each look and each span has exactly its rows, and that there are no others. Returns the number
/// of looks and of spans.
#[track_caller]
fn assert_covered(root: &Path) -> (usize, usize) {
    let (mut looks, mut spans) = (0, 0);
    let mut rows: BTreeMap<(&str, i64), u64> = BTreeMap::new();
    for name in ["sockets", "aggregates"] {
        for batch in table(root, name) {
            for time in column::<TimestampNanosecondArray>(&batch, "time").values() {
                *rows.entry((name, *time)).or_default() += 1;
            }
        }
    }
    for batch in table(root, "snapshots") {
        let tables: &ListArray = column(&batch, "tables");
        for row in 0..batch.num_rows() {
            looks += 1;
            let time = column::<TimestampNanosecondArray>(&batch, "time").value(row);
            for name in texts(tables, row) {
                let name = if name == "sockets" { "sockets" } else { "aggregates" };
                let expected = column::<UInt64Array>(&batch, name).value(row);
                assert_eq!(rows.remove(&(name, time)).unwrap_or(0), expected, "{name} of {time}");
            }
        }
    }
    assert!(rows.is_empty(), "rows without a snapshot: {rows:?}");
    let files_of = |table| {
        let names = whole(root, table).into_iter().map(|path| path.file_name().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(files_of("events"), files_of("event_spans"));
    let (mut events, mut expected) = (0, 0);
    for batch in table(root, "event_spans") {
        spans += batch.num_rows();
        expected += column::<UInt64Array>(&batch, "events").iter().flatten().sum::<u64>();
    }
    table(root, "events").iter().for_each(|batch| events += batch.num_rows() as u64);
    assert_eq!(events, expected, "events of all spans");
    (looks, spans)
}

fn lost(root: &Path, name: &str) -> u64 {
    let batches = table(root, name);
    batches.iter().flat_map(|batch| column::<UInt64Array>(batch, "lost").iter().flatten()).sum()
}

#[test]
fn a_look_has_rows_in_the_tables_that_its_snapshot_names() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), Duration::from_secs(300));
    look(&mut store, TIME, LookRows::Both, 250).unwrap();
    look(&mut store, TIME + 1, LookRows::Aggregates, 250).unwrap();
    look(&mut store, TIME + 2, LookRows::Sockets, 0).unwrap();
    span(&mut store, TIME, 30).unwrap();
    let counts = store.close().unwrap();
    assert_eq!((counts.snapshots, counts.sockets, counts.aggregates), (3, 250, 200));
    assert_eq!((counts.event_spans, counts.events, counts.files), (1, 30, 2));
    assert_eq!(assert_covered(root.path()), (3, 1));
    let batch = &table(root.path(), "snapshots")[0];
    let tables: &ListArray = column(batch, "tables");
    let all: Vec<String> = (0..3).map(|row| texts(tables, row).join(" ")).collect();
    assert_eq!(all, ["sockets aggregates", "aggregates", "sockets"]);
    let aggregates: &UInt64Array = column(batch, "aggregates");
    let aggregates: Vec<_> = aggregates.iter().collect();
    assert_eq!(aggregates, [Some(100), Some(100), None]);
    // Every file has the columns of its table.
    for table in Table::ALL {
        let file = &whole(root.path(), table.name())[0];
        let (read, schema) = (common::read(file)[0].schema(), table.schema());
        let names = |schema: &arrow_schema::Schema| {
            schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(&read), names(&schema), "{table:?}");
    }
}

#[test]
fn looks_without_sockets_leave_no_file_of_sockets() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), Duration::ZERO);
    look(&mut store, TIME, LookRows::Aggregates, 10).unwrap();
    drop(store);
    assert!(whole(root.path(), "sockets").is_empty());
    assert_eq!(assert_covered(root.path()), (1, 0));
    // The next writer takes them for whole.
    let store = open(root.path(), Duration::ZERO);
    assert_eq!(store.counts().unfinished, 0);
    // Without the lock.
    let tables =
        files(root.path()).into_iter().filter(|path| path.extension().unwrap() == "parquet");
    let sizes = tables.map(|it| it.metadata().unwrap().len()).sum::<u64>();
    assert_eq!(store.bytes(), sizes);
}

#[test]
fn a_writer_of_all_tables_that_is_killed_leaves_whole_files_and_no_row_uncovered() {
    const DIRECTORY: &str = "PROCNET_ARROW_KILLED_TABLES";
    if let Some(root) = env::var_os(DIRECTORY) {
        let mut store = open(Path::new(&root), Duration::ZERO);
        loop {
            look(&mut store, now(), LookRows::Both, 300).unwrap();
            span(&mut store, now(), 300).unwrap();
        }
    }
    let root = tempfile::tempdir().unwrap();
    let name = "a_writer_of_all_tables_that_is_killed_leaves_whole_files_and_no_row_uncovered";
    let mut unfinished = 0;
    for delay in [0, 1, 3, 5, 7, 11, 13, 17] {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut child =
            command.args(["--exact", name]).env(DIRECTORY, root.path()).spawn().unwrap();
        let (before, begin) = (whole(root.path(), "event_spans").len(), Instant::now());
        while whole(root.path(), "event_spans").len() == before {
            assert!(begin.elapsed() < Duration::from_secs(60), "the writer writes nothing");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut store = open(root.path(), Duration::ZERO);
        unfinished += store.counts().unfinished;
        let (looks, spans) = assert_covered(root.path());
        assert!(looks > before && spans > before, "{looks} {spans} {before}");
        look(&mut store, now(), LookRows::Both, 1).unwrap();
        span(&mut store, now(), 1).unwrap();
    }
    eprintln!("{unfinished} unfinished files were deleted");
}

#[test]
fn what_covers_rows_is_the_last_to_be_written_and_the_first_to_be_deleted() {
    // Whatever a writer left that was killed between two renames or deletions, is nothing or covered.
    for (rows, cover) in [(["sockets", "aggregates"], "snapshots"), (["events", ""], "event_spans")]
    {
        let root = tempfile::tempdir().unwrap();
        let mut store = open(root.path(), Duration::ZERO);
        look(&mut store, TIME, LookRows::Both, 10).unwrap();
        span(&mut store, TIME, 10).unwrap();
        drop(store);
        std::fs::remove_file(&whole(root.path(), cover)[0]).unwrap();
        let left = rows.iter().filter(|name| !whole(root.path(), name).is_empty()).count() as u64;
        let store = open(root.path(), Duration::ZERO);
        assert_eq!(store.counts().unfinished, if cover == "snapshots" { 2 } else { 1 }, "{left}");
        drop(store);
        let (looks, spans) = assert_covered(root.path());
        assert_eq!(looks + spans, 1);
    }
}

#[test]
fn the_bytes_of_all_tables_together_are_bounded() {
    const LIMIT: u64 = 200_000;
    for when_full in [WhenFull::DeleteOldest, WhenFull::Refuse] {
        let root = tempfile::tempdir().unwrap();
        let mut options = StoreOptions::default();
        (options.max_age, options.max_bytes) = (Duration::ZERO, Some(LIMIT));
        options.when_full = when_full;
        let mut store = Store::open(root.path(), "web-7", options).unwrap();
        let mut refused = (0, 0);
        for hour in 0..20 {
            let written = look(&mut store, TIME + hour * HOUR, LookRows::Both, 400);
            refused.0 += u64::from(written.is_err());
            refused.1 += u64::from(span(&mut store, TIME + hour * HOUR, 400).is_err());
            let sizes: u64 = Table::ALL
                .iter()
                .flat_map(|table| files(&root.path().join(table.name())))
                .map(|it| it.metadata().unwrap().len())
                .sum();
            assert_eq!(sizes, store.bytes());
            assert!(sizes <= LIMIT);
        }
        let counts = store.counts();
        assert_eq!((counts.lost, counts.lost_event_spans), refused);
        assert_eq!(when_full == WhenFull::Refuse, refused.0 > 0 && refused.1 > 0);
        assert_eq!(when_full == WhenFull::DeleteOldest, counts.deleted > 0);
        drop(store);
        let (looks, spans) = assert_covered(root.path());
        assert!(looks > 0 && spans > 0);
    }
}

#[test]
fn a_flush_waits_for_the_end_of_a_look_that_has_rows() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), Duration::from_secs(300));
    look(&mut store, TIME, LookRows::Sockets, 10).unwrap();
    let time = store.begin(TIME + 1).unwrap();
    store.flush().unwrap();
    assert_eq!(assert_covered(root.path()), (1, 0), "the one that has begun has no rows yet");
    store.write(&batch(&host(), time, 10)).unwrap();
    store.flush().unwrap();
    assert_eq!(assert_covered(root.path()), (1, 0));
    let mut snapshot = Snapshot::new(&host(), time);
    snapshot.sockets = 10;
    store.end(&snapshot).unwrap();
    assert_eq!(assert_covered(root.path()), (2, 0));
    assert_eq!((store.counts().snapshots, store.counts().lost), (2, 0));
}

#[test]
fn what_has_begun_and_does_not_end_is_counted_as_lost() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), Duration::from_secs(300));
    look(&mut store, TIME, LookRows::Sockets, 10).unwrap();
    let time = store.begin(TIME + 1).unwrap();
    store.write(&batch(&host(), time, 10)).unwrap();
    // Its rows are in the file of the one before.
    look(&mut store, TIME + 2, LookRows::Sockets, 10).unwrap();
    store.begin(TIME + 3).unwrap();
    look(&mut store, TIME + 4, LookRows::Sockets, 10).unwrap();
    store.begin_events(TIME).unwrap();
    assert_eq!(store.counts().lost, 3);
    let counts = store.close().unwrap();
    assert_eq!((counts.lost, counts.lost_event_spans, counts.snapshots), (3, 0, 2));
    assert_eq!((assert_covered(root.path()), lost(root.path(), "snapshots")), ((2, 0), 3));
}

#[test]
fn the_next_event_span_reports_those_that_were_lost() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), Duration::ZERO);
    span(&mut store, TIME, 5).unwrap();
    // No directory can be made there.
    std::fs::rename(root.path().join("events"), root.path().join("moved")).unwrap();
    std::fs::write(root.path().join("events"), "").unwrap();
    let error = span(&mut store, TIME + 1, 5).unwrap_err();
    assert!(error.to_string().contains("events/date=2026-11-30"), "{error}");
    std::fs::remove_file(root.path().join("events")).unwrap();
    std::fs::rename(root.path().join("moved"), root.path().join("events")).unwrap();
    span(&mut store, TIME + 2, 5).unwrap();
    let counts = store.close().unwrap();
    assert_eq!((counts.lost_event_spans, counts.event_spans, counts.lost), (1, 2, 0));
    assert_eq!(lost(root.path(), "event_spans"), 1);
    let spans = table(root.path(), "event_spans");
    let sequences =
        spans.iter().flat_map(|it| column::<UInt64Array>(it, "sequence").iter().flatten());
    assert_eq!(sequences.collect::<Vec<_>>(), [0, 2]);
    assert_covered(root.path());
}

#[test]
fn a_span_says_what_its_source_reports() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), Duration::ZERO);
    span(&mut store, TIME, 0).unwrap();
    drop(store);
    let batch = &table(root.path(), "event_spans")[0];
    assert_eq!(words(batch, "source"), ["sock_diag"]);
    assert!(texts(column(batch, "births"), 0).is_empty());
    assert!(!column::<BooleanArray>(batch, "all_namespaces").value(0));
    assert!(column::<BooleanArray>(batch, "complete").value(0));
    assert_eq!(assert_covered(root.path()), (0, 1));
}

#[test]
fn sockets_have_a_community_id_on_request_only() {
    for seed in [None, Some(0), Some(1)] {
        let root = tempfile::tempdir().unwrap();
        let mut store = open(root.path(), Duration::ZERO);
        let mut columns = SocketColumns::new().community_ids(seed);
        let time = store.begin(TIME).unwrap();
        columns.begin(&host(), time);
        let mut row = Row::new(Kind::Tcp, State::ESTABLISHED);
        row.local = Some("128.232.110.120:34855".parse().unwrap());
        row.remote = Some("66.35.250.204:80".parse().unwrap());
        columns.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
        (row.state, row.remote) = (State::LISTEN, Some("0.0.0.0:0".parse().unwrap()));
        columns.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
        let unix = Row::new(Kind::Unix, State::LISTEN);
        columns.push(&unix, [] as [OwnerRow<'_>; 0], |_| Program::default());
        store.write(&columns.take().unwrap()).unwrap();
        let mut snapshot = Snapshot::new(&host(), time);
        snapshot.sockets = 3;
        store.end(&snapshot).unwrap();
        // Those of the specification.
        let id = match seed {
            None => "-",
            Some(0) => "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
            Some(_) => "1:3V71V58M3Ksw/yuFALMcW0LAHvc=",
        };
        // Rows may be in any order.
        let mut found = words(&table(root.path(), "sockets")[0], "community_id");
        found.sort();
        assert_eq!(found, ["-", "-", id]);
    }
}
