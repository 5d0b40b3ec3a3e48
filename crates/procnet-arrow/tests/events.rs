//! Births and ends become rows, with what is known of them; and a span says what is not reported.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::AsFd,
    time::{Duration, Instant},
};

use arrow_array::{
    Array, BooleanArray, FixedSizeBinaryArray, RecordBatch, TimestampNanosecondArray, UInt16Array,
    UInt32Array, UInt64Array,
};
use procnet::{
    Kind, Kinds, Query, Scanner,
    community_id::CommunityId,
    events::{Change, EventOptions, Evidence},
};
use procnet_arrow::{
    EventColumns, EventRecorder, EventRow, EventSource, Host, Program, Subscription, now,
    parquet::{Store, StoreOptions},
};
use procnet_corpus::live::{private, skip};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

mod common;

use common::{column, table, texts, words};

fn wait(events: &impl AsFd) {
    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
    poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&second)).unwrap();
}

/// A connection that carried 300 bytes in one direction and 70 in the other, and is closed. Returns the address
/// of its client.
fn connection(listener: &TcpListener) -> SocketAddr {
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut server = listener.accept().unwrap().0;
    client.write_all(&[0; 300]).unwrap();
    server.read_exact(&mut [0; 300]).unwrap();
    server.write_all(&[0; 70]).unwrap();
    client.read_exact(&mut [0; 70]).unwrap();
    client.local_addr().unwrap()
}

fn number(batch: &RecordBatch, name: &str, row: usize) -> Option<u64> {
    let column: &UInt64Array = column(batch, name);
    column.is_valid(row).then(|| column.value(row))
}

fn port(batch: &RecordBatch, name: &str, row: usize) -> u16 {
    column::<UInt16Array>(batch, name).value(row)
}

#[test]
fn ends_by_sock_diag_are_rows_and_the_span_says_that_births_are_not_reported() {
    private(|_| {
        let root = tempfile::tempdir().unwrap();
        let mut store = Store::open(root.path(), "x", StoreOptions::default()).unwrap();
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::TCP);
        let mut events = scanner.destroy_events(&query).unwrap();
        let subscription = Subscription::of_sock_diag(&events).of_netns(7);
        let host = Host::new("web-7", Some("boot"));
        let recorder = EventRecorder::new(&host, scanner.root(), &subscription).unwrap();
        let mut recorder = recorder.community_ids(Some(0));
        let begin = now();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let clients: Vec<SocketAddr> = (0..10).map(|_| connection(&listener)).collect();
        drop(listener);
        let deadline = Instant::now() + Duration::from_secs(20);
        while recorder.span().events < 21 && Instant::now() < deadline {
            wait(&events);
            let received = events.read(|destroyed| recorder.push_destroyed(destroyed)).unwrap();
            recorder.received_destroyed(received);
            store.append_events(&mut recorder).unwrap();
        }
        let span = store.record_events(&mut recorder).unwrap();
        assert_eq!((span.events, span.complete), (21, true), "{:?}", span.gaps);
        let next = store.record_events(&mut recorder).unwrap();
        assert_eq!((next.events, next.time), (0, span.end_time));
        let counts = store.close().unwrap();
        assert_eq!((counts.events, counts.event_spans, counts.files), (21, 2, 1));

        let batch = &table(root.path(), "events")[0];
        assert_eq!(words(batch, "event"), vec!["ended"; 21]);
        assert_eq!(words(batch, "source"), vec!["sock_diag"; 21]);
        // The message says `CLOSE` whatever it was; nothing is known of the owner.
        for name in ["state", "comm", "unit", "direction", "evidence"] {
            assert_eq!(words(batch, name), vec!["-"; 21], "{name}");
        }
        let times: &TimestampNanosecondArray = column(batch, "time");
        assert!(times.values().iter().all(|time| *time >= begin && *time <= span.end_time));
        let ids = words(batch, "community_id");
        let (mut ends, mut listeners) = (BTreeMap::new(), 0);
        for (row, id) in ids.iter().enumerate() {
            if port(batch, "remote_port", row) == 0 {
                assert_eq!((port(batch, "local_port", row), id.as_str()), (server.port(), "-"));
                listeners += 1;
                continue;
            }
            let numbers =
                ["bytes_sent", "bytes_received"].map(|name| number(batch, name, row).unwrap());
            let (local, remote) = (port(batch, "local_port", row), port(batch, "remote_port", row));
            // A FIN that was received counts as a byte.
            let expected = if remote == server.port() { [300, 70] } else { [70, 300] };
            assert!(
                (expected[1]..=expected[1] + 1).contains(&numbers[1]) && numbers[0] == expected[0]
            );
            let ends_of = [local, remote].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
            let expected_id = CommunityId::of(Kind::Tcp, ends_of[0], ends_of[1], 0).unwrap();
            assert_eq!(*id, expected_id.as_str());
            let bytes: &FixedSizeBinaryArray = column(batch, "remote_ip");
            assert_eq!(bytes.value(row)[10..], [0xFF, 0xFF, 127, 0, 0, 1]);
            assert!(ends.insert((local, remote), number(batch, "cookie", row)).is_none());
        }
        assert_eq!((ends.len(), listeners), (20, 1));
        let clients_seen =
            clients.iter().filter(|it| ends.contains_key(&(it.port(), server.port())));
        assert_eq!(clients_seen.count(), 10);

        let spans = &table(root.path(), "event_spans")[0];
        assert_eq!(words(spans, "source"), ["sock_diag"; 2]);
        assert!(texts(column(spans, "births"), 0).is_empty());
        assert_eq!(texts(column(spans, "ends"), 0), ["tcp", "tcp6"]);
        assert_eq!(number(spans, "netns", 0), Some(7));
        assert!(!column::<BooleanArray>(spans, "all_namespaces").value(0));
        let of = |name, row| number(spans, name, row).unwrap();
        assert_eq!(
            of("uptime", 0) + of("duration", 0),
            of("uptime", 1),
            "there is no gap between them"
        );
        let (begins, ends): (&TimestampNanosecondArray, &TimestampNanosecondArray) =
            (column(spans, "time"), column(spans, "end_time"));
        assert_eq!(ends.value(0), begins.value(1));
    });
}

#[test]
fn births_and_ends_by_bpf_are_rows_with_owner_age_and_bytes() {
    private(|_| {
        let root = tempfile::tempdir().unwrap();
        let mut store = Store::open(root.path(), "x", StoreOptions::default()).unwrap();
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::TCP);
        let mut events = match scanner.socket_events(&query, EventOptions::new()) {
            Ok(events) => events,
            Err(error) => skip(&format!("no BPF: {error}")),
        };
        let host = Host::read(scanner.root());
        let subscription = Subscription::of_bpf(&events, true);
        let mut recorder = EventRecorder::new(&host, scanner.root(), &subscription).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        (0..10).for_each(|_| assert_ne!(connection(&listener), server));
        drop(listener);
        let deadline = Instant::now() + Duration::from_secs(20);
        while recorder.span().events < 42 && Instant::now() < deadline {
            wait(&events);
            let received = events.read(|event| recorder.push(event)).unwrap();
            recorder.received(received);
        }
        let span = store.record_events(&mut recorder).unwrap();
        assert_eq!((span.events, span.complete), (42, true), "{:?}", span.gaps);
        assert_eq!(span.subscription.births, span.subscription.ends);
        drop(store);

        let batch = &table(root.path(), "events")[0];
        let (changes, directions) = (words(batch, "event"), words(batch, "direction"));
        let (comms, evidence) = (words(batch, "comm"), words(batch, "evidence"));
        let exe = std::fs::read_link("/proc/self/exe").unwrap();
        let (mut births, mut ends) = (BTreeMap::new(), 0);
        let comm = std::fs::read_to_string("/proc/self/comm").unwrap();
        for row in 0..42 {
            let cookie = number(batch, "cookie", row).unwrap();
            let uptime = number(batch, "uptime", row).unwrap();
            assert!(uptime + 60_000_000_000 > span.uptime && uptime <= span.uptime + span.duration);
            if comms[row] != "-" {
                assert_eq!(words(batch, "exe")[row], exe.to_str().unwrap());
                assert_eq!(column::<UInt32Array>(batch, "pid").value(row), std::process::id());
                // Threads have names of their own; a socket is its process's.
                assert!(comms[row] == comm.trim_end() || !comms[row].is_empty());
            }
            if changes[row] == "began" {
                assert!(births.insert(cookie, uptime).is_none(), "each begins once");
                assert_eq!(number(batch, "bytes_sent", row), None);
                assert_eq!(comms[row] == "-", directions[row] == "accept");
                continue;
            }
            ends += 1;
            let began = births.remove(&cookie).expect("it has begun");
            assert!(uptime >= began && number(batch, "duration", row).unwrap() >= uptime - began);
            assert_ne!(comms[row], "-");
            let expected = match directions[row].as_str() {
                "connect" => [Some(300), Some(70)],
                "accept" => [Some(70), Some(300)],
                _ => [None, None],
            };
            assert_eq!(
                ["bytes_sent", "bytes_received"].map(|name| number(batch, name, row)),
                expected
            );
            let listens = directions[row] == "listen";
            assert_eq!(listens, port(batch, "remote_port", row) == 0);
            assert!(!listens || port(batch, "local_port", row) == server.port());
            assert!(["connect", "listen", "close"].contains(&evidence[row].as_str()));
        }
        assert_eq!((births.len(), ends), (0, 21));
        // It was not asked for.
        assert_eq!(words(batch, "community_id"), vec!["-"; 42]);
    });
}

#[test]
fn every_field_of_an_event_comes_back_from_a_file_whatever_names_are_in_it() {
    let root = tempfile::tempdir().unwrap();
    let mut store = Store::open(root.path(), "x", StoreOptions::default()).unwrap();
    let mut columns = EventColumns::new(&Host::new("a\nb", None));
    let time = store.begin_events(now()).unwrap();
    let names: [&[u8]; 4] = [b"a\nb", b"a\\x0Ab", b"\xFF\x1b[31m", b""];
    for comm in names {
        let mut row = EventRow::new(Change::Began, EventSource::Bpf, time, Kind::Udp6);
        (row.comm, row.pid, row.start_time) = (Some(comm), Some(7), Some(8));
        (row.evidence, row.matches, row.began) = (Some(Evidence::Use), Some(false), Some(time - 5));
        (row.duration, row.uptime, row.cookie) = (Some(5), Some(6), Some(9));
        (row.uid, row.interface) = (Some(10), Some(11));
        row.numbers.segs_in = Some(12);
        row.numbers.rtt = Some(13);
        let mut program = Program::default();
        program.exe = Some([b"/", comm].concat());
        columns.push(&row, &program);
    }
    store.write_events(&columns.take().unwrap()).unwrap();
    let mut span =
        procnet_arrow::EventSpan::new(&Host::new("a\nb", None), &Subscription::default());
    (span.time, span.events) = (time, 4);
    store.end_events(&span).unwrap();
    drop(store);
    let batch = &table(root.path(), "events")[0];
    assert_eq!(words(batch, "host"), vec!["a\\x0Ab"; 4]);
    assert_eq!(words(batch, "comm"), [r"a\x0Ab", r"a\\x0Ab", r"\xFF\x1B[31m", ""]);
    assert_eq!(words(batch, "exe")[2], r"/\xFF\x1B[31m");
    assert_eq!(
        (words(batch, "evidence"), words(batch, "family")),
        (vec!["use".into(); 4], vec!["inet6".into(); 4])
    );
    let began: &TimestampNanosecondArray = column(batch, "began");
    assert_eq!(began.values(), &[time - 5; 4]);
    for (name, expected) in [("duration", 5), ("uptime", 6), ("start_time", 8), ("cookie", 9)] {
        assert_eq!(number(batch, name, 3), Some(expected), "{name}");
    }
    for (name, expected) in
        [("pid", 7), ("uid", 10), ("interface", 11), ("segs_in", 12), ("rtt", 13)]
    {
        assert_eq!(column::<UInt32Array>(batch, name).values(), &[expected; 4], "{name}");
    }
    assert!(!column::<BooleanArray>(batch, "matches").value(0));
    for name in ["inode", "netns", "bytes_sent"] {
        assert_eq!(number(batch, name, 0), None, "{name}");
    }
}
