//! Aggregates, events, and all tables together.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
    time::Duration,
};

use arrow_array::{
    Array as _, ListArray, RecordBatch, StringArray, TimestampNanosecondArray, UInt16Array,
    UInt32Array, UInt64Array, cast::AsArray as _, types::Int32Type,
};
use procnet_corpus::live::{LoadGenerator, Workload, private, skip_part};

use crate::{
    agent::Agent,
    store::{
        assert_once,
        files::{SpanRow, column, files, looks, spans, table, texts, whole, words},
    },
    store_failures::mount,
};

/// The options of an agent that writes all tables, each look to a file of its own.
pub(crate) fn all_tables(directory: &Path) -> Vec<String> {
    let directory = directory.to_str().unwrap();
    let options = [
        ("--store-directory", directory),
        ("--store-tables", "sockets,aggregates,events"),
        ("--store-interval", "0"),
        ("--store-aggregates-interval", "0"),
        ("--store-file-age", "0"),
    ];
    options.into_iter().flat_map(|(key, value)| [key.to_owned(), value.to_owned()]).collect()
}

fn start(directory: &Path, more: &[&str]) -> Agent {
    let options = all_tables(directory);
    let options: Vec<&str> =
        options.iter().map(String::as_str).chain(more.iter().copied()).collect();
    Agent::start(&options)
}

fn stop(mut agent: Agent) {
    agent.signal("TERM");
    assert!(agent.process.wait().unwrap().success());
}

fn text(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(name).expect(name);
    let texts = match column.as_any().downcast_ref::<StringArray>() {
        Some(texts) => texts.clone(),
        None => {
            let keys = column.as_dictionary::<Int32Type>();
            let values: &StringArray = keys.values().as_string();
            return keys.key(row).map(|key| values.value(key).to_owned());
        }
    };
    texts.is_valid(row).then(|| texts.value(row).to_owned())
}

/// Asserts that the spans of a writer follow each other, but for those that are said to be lost, and that each has its
/// events, no more and no fewer; and that no event is there twice.
#[track_caller]
pub(crate) fn assert_covered(root: &Path) -> Vec<SpanRow> {
    let spans = spans(root);
    for pair in spans.windows(2) {
        let [one, other] = pair else { continue };
        if one.writer == other.writer {
            assert_eq!(other.sequence, one.sequence + 1 + other.lost, "{one:?} {other:?}");
            assert!(one.end_time <= other.time, "{one:?} {other:?}");
        }
    }
    for path in whole(root, "events") {
        let cover = root.join("event_spans").join(path.strip_prefix(root.join("events")).unwrap());
        assert!(cover.exists(), "{}", path.display());
    }
    let (mut rows, mut seen) = (0, BTreeSet::new());
    for batch in table(root, "events") {
        rows += batch.num_rows() as u64;
        let cookies: &UInt64Array = column(&batch, "cookie");
        let times: &TimestampNanosecondArray = column(&batch, "time");
        for row in 0..batch.num_rows() {
            let key = (text(&batch, "event", row), cookies.value(row), times.value(row));
            assert!(!cookies.is_valid(row) || seen.insert(key.clone()), "twice: {key:?}");
        }
    }
    assert_eq!(rows, spans.iter().map(|span| span.events).sum::<u64>());
    spans
}

/// The sum of `sockets` of the aggregates of each look, and their rows.
fn aggregated(root: &Path) -> BTreeMap<i64, (u64, u64)> {
    let mut looks = BTreeMap::new();
    for batch in table(root, "aggregates") {
        let times: &TimestampNanosecondArray = column(&batch, "time");
        let sockets: &UInt64Array = column(&batch, "sockets");
        for row in 0..batch.num_rows() {
            let (sum, rows) = looks.entry(times.value(row)).or_insert((0, 0));
            (*sum, *rows) = (*sum + sockets.value(row), *rows + 1);
        }
    }
    looks
}

#[test]
fn aggregates_add_up_to_the_sockets_of_the_same_look() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 2, 100).spawn(Workload::Udp, 1, 20);
        let dir = tempfile::tempdir().unwrap();
        let agent = start(dir.path(), &["--events", "sock_diag"]);
        agent.page_when(|page| page.sum("procnet_agent_store_snapshots_total") >= 4.0);
        assert!(agent.page().sum("procnet_agent_store_aggregates_total") > 3.0);
        stop(agent);
        let looks = assert_once(dir.path());
        let aggregated = aggregated(dir.path());
        assert_eq!(looks.len(), aggregated.len());
        for look in &looks {
            assert_eq!(aggregated[&look.time].0, look.sockets, "{look:?}");
        }
        // By name and state, too.
        let last = looks.last().unwrap().time;
        let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
        for batch in table(dir.path(), "sockets") {
            let times: &TimestampNanosecondArray = column(&batch, "time");
            let owners: &ListArray = column(&batch, "owners");
            let states = words(&batch, "state");
            for row in (0..batch.num_rows()).filter(|row| times.value(*row) == last) {
                let owners = owners.value(row);
                let comms: &StringArray =
                    owners.as_struct().column_by_name("comm").unwrap().as_string();
                if let [Some("load-0")] = comms.iter().collect::<Vec<_>>()[..] {
                    *counts.entry(("load-0".to_owned(), states[row].clone())).or_default() += 1;
                }
            }
        }
        assert!(counts.values().sum::<i64>() >= 100, "{counts:?}");
        for batch in table(dir.path(), "aggregates") {
            let times: &TimestampNanosecondArray = column(&batch, "time");
            let sockets: &UInt64Array = column(&batch, "sockets");
            for row in (0..batch.num_rows()).filter(|row| times.value(*row) == last) {
                let key = text(&batch, "comm", row).zip(text(&batch, "state", row));
                if let Some(count) = key.and_then(|key| counts.get_mut(&key)) {
                    *count -= i64::try_from(sockets.value(row)).unwrap();
                }
            }
        }
        assert!(counts.values().all(|count| *count == 0), "{counts:?}");
    });
}

#[test]
fn looks_may_have_aggregates_alone() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let dir = tempfile::tempdir().unwrap();
        // Sockets once, and aggregates in each refresh.
        let agent =
            start(dir.path(), &["--store-tables", "sockets,aggregates", "--store-interval", "1h"]);
        agent.page_when(|page| page.sum("procnet_agent_store_snapshots_total") >= 5.0);
        stop(agent);
        let (looks, aggregated) = (looks(dir.path()), aggregated(dir.path()));
        assert_eq!(looks.len(), aggregated.len());
        assert!(looks.iter().all(|look| aggregated[&look.time].0 == look.sockets), "{looks:?}");
        let mut tables = Vec::new();
        for batch in table(dir.path(), "snapshots") {
            let (names, rows): (&ListArray, &UInt64Array) =
                (column(&batch, "tables"), column(&batch, "aggregates"));
            let times: &TimestampNanosecondArray = column(&batch, "time");
            for row in 0..batch.num_rows() {
                assert_eq!(rows.value(row), aggregated[&times.value(row)].1);
                tables.push((times.value(row), texts(names, row).join("+")));
            }
        }
        tables.sort();
        assert_eq!(tables.remove(0).1, "sockets+aggregates");
        assert!(tables.iter().all(|(_, names)| names == "aggregates"), "{tables:?}");
        assert_eq!(whole(dir.path(), "sockets").len(), 1);
        assert!(!dir.path().join("events").exists());
    });
}

/// Makes connections, ends them, and returns the ports of the listener and of those who connected.
fn connections(count: usize) -> (u16, Vec<u16>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let each = (0..count).map(|_| {
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let accepted = listener.accept().unwrap();
        client.write_all(&[0; 1000]).unwrap();
        drop(accepted);
        client.local_addr().unwrap().port()
    });
    let ports = each.collect();
    (listener.local_addr().unwrap().port(), ports)
}

#[test]
fn a_burst_of_connections_is_in_events_with_its_owner_and_spans_cover_it() {
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let agent = start(
            dir.path(),
            &["--store-tables", "events", "--community-id", "7", "--namespaces", "own"],
        );
        if agent.page().value("procnet_events_source", &[("source", "bpf")]).is_none() {
            skip_part("events by BPF", "the kernel refuses BPF programs");
            return;
        }
        let begun = procnet_arrow::now();
        let (server, clients) = connections(2000);
        let ended = procnet_arrow::now();
        agent.page_when(|page| {
            let ends = [("by", "connect"), ("kind", "tcp")];
            page.value("procnet_socket_ends_total", &ends) >= Some(2000.0)
        });
        // The last span ends with the agent.
        stop(agent);
        let spans = assert_covered(dir.path());
        assert!(spans.iter().all(|span| span.complete && span.lost == 0), "{spans:?}");
        let (first, last) = (spans.first().unwrap(), spans.last().unwrap());
        assert!(first.time <= begun && last.end_time >= ended, "{spans:?}");
        assert!(spans.windows(2).all(|pair| pair[0].end_time == pair[1].time), "{spans:?}");
        let exe = fs::read_link("/proc/self/exe").unwrap();
        let comm = fs::read_to_string("/proc/self/comm").unwrap();
        let mut seen: BTreeMap<(String, u16), u64> = BTreeMap::new();
        for batch in table(dir.path(), "events") {
            let ports: &UInt16Array = column(&batch, "local_port");
            let servers: &UInt16Array = column(&batch, "remote_port");
            let pids: &UInt32Array = column(&batch, "pid");
            for row in 0..batch.num_rows() {
                if servers.value(row) != server {
                    continue;
                }
                let event = text(&batch, "event", row).unwrap();
                *seen.entry((event, ports.value(row))).or_default() += 1;
                assert_eq!(pids.value(row), std::process::id());
                assert_eq!(text(&batch, "comm", row).as_deref(), Some(comm.trim_end()));
                assert_eq!(text(&batch, "exe", row).as_deref(), exe.to_str());
                assert!(text(&batch, "community_id", row).unwrap().starts_with("1:"));
            }
        }
        for port in clients {
            for event in ["began", "ended"] {
                // The kernel may give a port to a later connection again.
                assert!(seen.contains_key(&(event.to_owned(), port)), "{event} of {port}");
            }
        }
        assert_eq!(seen.values().sum::<u64>(), 4000);
        assert!(!dir.path().join("snapshots").exists());
    });
}

#[test]
fn an_agent_with_all_tables_that_is_killed_tears_nothing_and_repeats_nothing() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 100);
        let dir = tempfile::tempdir().unwrap();
        let mut events = 0;
        for kill in 0..12_u64 {
            let age = if kill % 2 == 0 { "0" } else { "250ms" };
            let mut agent = start(dir.path(), &["--interval", "20ms", "--store-file-age", age]);
            connections(50);
            let wanted = (kill % 3) as f64;
            agent.page_when(|page| page.sum("procnet_agent_store_snapshots_total") >= wanted);
            thread::sleep(Duration::from_millis(kill * 137 % 300));
            agent.process.kill().unwrap();
            agent.process.wait().unwrap();
            assert_covered(dir.path());
            let aggregated = aggregated(dir.path());
            for look in assert_once(dir.path()) {
                assert_eq!(aggregated[&look.time].0, look.sockets, "{look:?}");
            }
        }
        // Spans are longer than that, so those that are written are of agents that end in order.
        for _agent in 0..2 {
            let agent = start(dir.path(), &[]);
            connections(50);
            stop(agent);
            let written = assert_covered(dir.path()).iter().map(|span| span.events).sum::<u64>();
            assert!(written >= events + 50, "{written} after {events}");
            events = written;
        }
        let left = files(dir.path());
        let unfinished =
            |path: &&std::path::PathBuf| path.extension().is_some_and(|it| it == "unfinished");
        assert_eq!(left.iter().filter(unfinished).count(), 0, "{left:?}");
    });
}

#[test]
fn a_full_disk_affects_the_counts_of_all_tables() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 300);
        let dir = tempfile::tempdir().unwrap();
        mount(dir.path(), &["-t", "tmpfs", "-o", "size=1m", "tmpfs"]);
        // No room for anything, not even for metadata.
        let ballast = dir.path().join("ballast");
        let agent = start(dir.path(), &["--store-max-bytes", "0"]);
        let _ = fs::write(&ballast, vec![1; 2 << 20]);
        connections(1000);
        agent.page_when(|page| {
            page.sum("procnet_agent_store_lost_snapshots_total") >= 3.0
                && page.sum("procnet_agent_store_lost_event_spans_total") >= 1.0
        });
        assert_eq!(agent.get("/health").status, 200);
        fs::remove_file(&ballast).unwrap();
        mount(dir.path(), &["-t", "tmpfs", "-o", "remount,size=64m", "tmpfs"]);
        let before = agent.page();
        agent.page_when(|page| {
            let more = |name: &str| page.sum(name) > before.sum(name);
            more("procnet_agent_store_snapshots_total")
                && more("procnet_agent_store_event_spans_total")
        });
        // Each of them that was lost until then is reported by what was written since.
        let lost = |name: &str| before.sum(&format!("procnet_agent_store_lost_{name}_total"));
        let (lost_looks, lost_spans) = (lost("snapshots"), lost("event_spans"));
        stop(agent);
        let (looks, spans) = (assert_once(dir.path()), assert_covered(dir.path()));
        assert!(looks.iter().map(|look| look.lost).sum::<u64>() as f64 >= lost_looks);
        assert!(spans.iter().map(|span| span.lost).sum::<u64>() as f64 >= lost_spans);
        let aggregated = aggregated(dir.path());
        assert!(looks.iter().all(|look| aggregated[&look.time].0 == look.sockets));
    });
}
