//! Aggregates are the sockets, added up: nothing is lost, nothing is counted twice.

use std::collections::BTreeMap;

use arrow_array::{Array, BooleanArray, RecordBatch, UInt16Array, UInt64Array};
use procnet::{Kind, Query, Scanner, State};
use procnet_arrow::{
    Aggregator, Host, LookRows, OwnerRow, Program, Recorder, Row,
    parquet::{Store, StoreOptions},
};
use procnet_corpus::live::{Scene, private};

mod common;

use common::{column, table, words};

fn numbers(batch: &RecordBatch, name: &str) -> Vec<Option<u64>> {
    column::<UInt64Array>(batch, name).iter().collect()
}

fn sum(batches: &[RecordBatch], name: &str) -> u64 {
    batches.iter().flat_map(|batch| numbers(batch, name)).flatten().sum()
}

/// Writes the rows of an aggregator to a file, and reads it.
fn written(aggregator: &mut Aggregator) -> RecordBatch {
    let root = tempfile::tempdir().unwrap();
    let mut store = Store::open(root.path(), "x", StoreOptions::default()).unwrap();
    let host = Host::new("x", None);
    let time = store.begin(1).unwrap();
    let mut snapshot = procnet_arrow::Snapshot::new(&host, time);
    snapshot.rows = LookRows::Aggregates;
    store.write_aggregates(&aggregator.take().unwrap()).unwrap();
    store.end(&snapshot).unwrap();
    drop(store);
    table(root.path(), "aggregates").remove(0)
}

fn socket(kind: Kind, state: State, local: &str, remote: &str) -> Row<'static> {
    let mut row = Row::new(kind, state);
    (row.local, row.remote) = (local.parse().ok(), remote.parse().ok());
    (row.rx_queue, row.tx_queue) = (Some(3), Some(5));
    row
}

#[test]
fn a_socket_with_several_owners_is_counted_once_for_the_one_that_started_first() {
    let mut aggregator = Aggregator::new(32768);
    aggregator.begin(&Host::new("x", None), 1);
    let row = socket(Kind::Tcp, State::LISTEN, "0.0.0.0:40000", "0.0.0.0:0");
    let owner = |pid, start_time, comm| OwnerRow { pid, start_time: Some(start_time), fd: 3, comm };
    let all = [owner(1, 1, b"systemd"), owner(5, 90, b"worker"), owner(9, 40, b"master")];
    let program = |owner: &OwnerRow<'_>| {
        let mut program = Program::default();
        program.unit = Some([owner.comm, &b".service"[..]].concat());
        program
    };
    aggregator.push(&row, all, program);
    aggregator.push(&row, [all[0]], program);
    aggregator.push(&row, [], program);
    let batch = written(&mut aggregator);
    assert_eq!(words(&batch, "comm"), ["-", "master", "systemd"]);
    assert_eq!(words(&batch, "unit"), ["-", "master.service", "systemd.service"]);
    assert_eq!(numbers(&batch, "sockets"), [Some(1); 3]);
    let service: &UInt16Array = column(&batch, "service");
    assert_eq!(service.values(), &[40000; 3]);
}

#[test]
fn what_has_no_room_is_counted_as_other_by_kind_and_state() {
    let mut aggregator = Aggregator::new(32768).capacity(10);
    aggregator.begin(&Host::new("x", None), 1);
    for port in 0..1000_u16 {
        let remote = format!("10.0.0.1:{}", port + 1);
        let row = socket(Kind::Tcp, State::ESTABLISHED, "10.0.0.2:50000", &remote);
        aggregator.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
        let row = socket(Kind::Udp, State::CLOSE, &format!("10.0.0.2:{}", port + 1), "0.0.0.0:0");
        aggregator.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
    }
    assert_eq!((aggregator.rows(), aggregator.sockets(), aggregator.other()), (12, 2000, 1990));
    let batch = written(&mut aggregator);
    let mut sums: BTreeMap<(String, String), [u64; 3]> = BTreeMap::new();
    let other: &BooleanArray = column(&batch, "other");
    assert_eq!(other.true_count(), 2);
    let (kinds, states) = (words(&batch, "kind"), words(&batch, "state"));
    for (row, key) in kinds.into_iter().zip(states).enumerate() {
        let sum = sums.entry(key).or_default();
        for (sum, name) in sum.iter_mut().zip(["sockets", "rx_queue", "tx_queue"]) {
            *sum += numbers(&batch, name)[row].unwrap();
        }
        if other.value(row) {
            let null =
                ["comm", "unit", "container", "server"].map(|name| words(&batch, name)[row] == "-");
            assert_eq!(null, [true; 4]);
            assert!(column::<UInt16Array>(&batch, "service").is_null(row));
        }
    }
    let key = |kind: &str, state: &str| (kind.to_owned(), state.to_owned());
    assert_eq!(sums.len(), 2, "{sums:?}");
    assert_eq!(sums[&key("tcp", "ESTABLISHED")], [1000, 3000, 5000]);
    assert_eq!(sums[&key("udp", &State::CLOSE.to_string())], [1000, 3000, 5000]);
    // The next look has room again.
    aggregator.begin(&Host::new("x", None), 2);
    let row = socket(Kind::Tcp, State::ESTABLISHED, "10.0.0.2:50000", "10.9.9.9:443");
    aggregator.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
    assert_eq!((aggregator.rows(), aggregator.other()), (1, 0));
}

#[test]
fn numbers_that_no_source_reports_are_null_and_not_zero() {
    let mut aggregator = Aggregator::new(32768).server_prefixes(16, 48);
    aggregator.begin(&Host::new("x", None), 1);
    let mut row = socket(Kind::Tcp, State::ESTABLISHED, "10.0.0.2:50000", "10.0.0.1:443");
    aggregator.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
    row.state = State::CLOSE_WAIT;
    let mut info = procnet_arrow::TcpNumbers::default();
    (info.total_retrans, info.bytes_sent) = (Some(u32::MAX), Some(u64::MAX));
    (row.tcp_info, row.suspect) = (Some(info), true);
    aggregator.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
    aggregator.push(&row, [] as [OwnerRow<'_>; 0], |_| Program::default());
    let batch = written(&mut aggregator);
    assert_eq!(words(&batch, "state"), ["ESTABLISHED", "CLOSE_WAIT"]);
    assert_eq!(words(&batch, "server"), ["10.0.0.0/16"; 2]);
    let ports: &UInt16Array = column(&batch, "server_port");
    assert_eq!(ports.values(), &[443; 2]);
    assert_eq!(numbers(&batch, "total_retrans"), [None, Some(2 * u64::from(u32::MAX))]);
    assert_eq!(numbers(&batch, "bytes_sent"), [None, Some(u64::MAX)]);
    assert_eq!(numbers(&batch, "bytes_received"), [None, None]);
    assert_eq!(numbers(&batch, "suspect"), [Some(0), Some(2)]);
}

#[test]
fn names_of_any_bytes_stay_apart_and_are_escaped() {
    let mut aggregator = Aggregator::new(32768);
    aggregator.begin(&Host::new("x", None), 1);
    let names: [&[u8]; 5] = [b"a\nb", b"a\\x0Ab", b"\xFF\x1b[31m", b"", b"a\xE2\x80\xAEb"];
    for (pid, comm) in (10..).zip(names) {
        let row = socket(Kind::Tcp, State::ESTABLISHED, "10.0.0.2:80", "10.0.0.1:50000");
        let owner = OwnerRow { pid, start_time: Some(1), fd: 3, comm };
        let program = |_: &OwnerRow<'_>| {
            let mut program = Program::default();
            program.container = Some([comm, b"\0"].concat());
            program
        };
        aggregator.push(&row, [owner], program);
        aggregator.push(&row, [owner], |_| panic!("asked twice"));
    }
    let batch = written(&mut aggregator);
    assert_eq!((batch.num_rows(), sum(std::slice::from_ref(&batch), "sockets")), (5, 10));
    for name in ["comm", "container"] {
        let mut texts = words(&batch, name);
        assert!(
            texts.iter().all(|text| text.chars().all(|it| (' '..='~').contains(&it))),
            "{texts:?}"
        );
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 5, "{texts:?}");
    }
}

#[test]
fn aggregates_of_a_scene_have_all_of_its_sockets() {
    private(|_| {
        Scene::with(|_| {
            let root = tempfile::tempdir().unwrap();
            let mut scanner = Scanner::new().unwrap();
            let mut recorder = Recorder::new(Host::read(scanner.root()), scanner.root()).unwrap();
            recorder.set_rows(LookRows::Both);
            let mut store = Store::open(root.path(), "x", StoreOptions::default()).unwrap();
            let both = store.record(&mut recorder, &mut scanner, &Query::new()).unwrap();
            assert!(
                both.sockets > 20 && both.aggregates > 5 && both.aggregates_other == 0,
                "{both:?}"
            );
            recorder.set_rows(LookRows::Aggregates);
            let alone = store.record(&mut recorder, &mut scanner, &Query::new()).unwrap();
            assert_eq!(alone.rows, LookRows::Aggregates);
            let counts = store.close().unwrap();
            assert_eq!((counts.snapshots, counts.sockets), (2, both.sockets));
            assert_eq!(counts.aggregates, both.aggregates + alone.aggregates);
            let (sockets, aggregates) =
                (table(root.path(), "sockets"), table(root.path(), "aggregates"));
            assert_eq!(sum(&aggregates, "sockets"), both.sockets + alone.sockets);
            // By kind and state, as the rows of the same look are.
            let mut of_sockets: BTreeMap<_, u64> = BTreeMap::new();
            for batch in &sockets {
                for key in words(batch, "kind").into_iter().zip(words(batch, "state")) {
                    *of_sockets.entry(key).or_default() += 1;
                }
            }
            let mut of_groups: BTreeMap<_, u64> = BTreeMap::new();
            for batch in &aggregates {
                let times: &arrow_array::TimestampNanosecondArray = column(batch, "time");
                let keys = words(batch, "kind").into_iter().zip(words(batch, "state"));
                for (row, key) in keys.enumerate().filter(|(row, _)| times.value(*row) == both.time)
                {
                    *of_groups.entry(key).or_default() += numbers(batch, "sockets")[row].unwrap();
                }
            }
            assert_eq!(of_groups, of_sockets);
        });
    });
}
