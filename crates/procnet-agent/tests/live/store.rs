//! The Parquet files of an agent.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use arrow_array::{Array as _, ListArray, RecordBatch, StringArray, StructArray, UInt64Array};
use procnet_agent::{
    config::{NamespacesOf, Options},
    published::Published,
    refresh::Refresher,
};
use procnet_corpus::live::{LoadGenerator, Workload, private};

use crate::{agent::Agent, privilege::capabilities};

#[path = "../../../procnet-arrow/tests/common/mod.rs"]
pub(crate) mod files;

use files::{Look, assert_whole, looks, read, whole};

/// An agent that writes each look to a file of its own.
pub(crate) fn start(directory: &Path, more: &[&str]) -> Agent {
    let directory = directory.to_str().unwrap();
    let each = ["--store-directory", directory, "--store-interval", "0", "--store-file-age", "0"];
    Agent::start(&[&each[..], more].concat())
}

pub(crate) fn written(agent: &Agent) -> f64 {
    agent.page().sum("procnet_agent_store_snapshots_total")
}

/// Asserts that nothing that is visible is there twice, and that numbers are missing only where they are said to be.
#[track_caller]
pub(crate) fn assert_once(root: &Path) -> Vec<Look> {
    let mut looks = looks(root);
    looks.sort_by_key(|look| (look.writer, look.sequence));
    for pair in looks.windows(2) {
        let [one, other] = pair else { continue };
        if one.writer == other.writer {
            assert_eq!(other.sequence, one.sequence + 1 + other.lost, "{one:?} {other:?}");
        }
    }
    let mut rows = BTreeSet::new();
    for batch in whole(root, "sockets").iter().flat_map(|path| read(path)) {
        let number = |name: &str, row| {
            let column: &UInt64Array = of(&batch, name);
            column.is_valid(row).then(|| column.value(row))
        };
        let times: &arrow_array::TimestampNanosecondArray = of(&batch, "time");
        for row in 0..batch.num_rows() {
            let Some(cookie) = number("cookie", row) else { continue };
            let key = (times.value(row), number("netns", row), cookie);
            assert!(rows.insert(key), "twice: {key:?}");
        }
    }
    looks
}

fn of<'b, A: 'static>(batch: &'b RecordBatch, name: &str) -> &'b A {
    batch.column_by_name(name).expect(name).as_any().downcast_ref().expect(name)
}

#[test]
fn each_look_has_what_the_page_counts_with_owners_and_their_programs() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 100);
        let dir = tempfile::tempdir().unwrap();
        let mut agent = start(dir.path(), &["--namespaces", "own", "--store-host", "web-7"]);
        agent.until("written", || written(&agent) >= 3.0);
        assert!(agent.get("/health").body.contains("\"store\":\"ok\""));
        let page = agent.page();
        let counted = page.value("procnet_process_sockets", &[("comm", "load-0")]).unwrap();
        assert_eq!(page.value("procnet_agent_store_failing", &[]), Some(0.0));
        assert!(page.sum("procnet_agent_store_directory_bytes") > 1000.0);
        // The thread that writes has no capabilities.
        let threads = capabilities(&agent);
        assert!(threads.contains(&("procnet-store".to_owned(), 0)), "{threads:?}");
        agent.signal("TERM");
        assert!(agent.process.wait().unwrap().success());
        assert_whole(dir.path());
        let looks = assert_once(dir.path());
        assert!(looks.iter().all(|look| look.host == "web-7"), "{looks:?}");
        // Sockets of the scrapes themselves may be between two states.
        assert!(looks.iter().all(|look| look.complete == look.gaps.is_empty()), "{looks:?}");
        let path = whole(dir.path(), "sockets").pop().unwrap();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("web-7-"));
        let (mut rows, mut exes) = (0, BTreeSet::new());
        for batch in read(&path) {
            let owners: &ListArray = of(&batch, "owners");
            for row in 0..batch.num_rows() {
                let owners = owners.value(row);
                let owners: &StructArray = owners.as_any().downcast_ref().unwrap();
                let text = |name: &str| {
                    let texts = arrow_array::cast::AsArray::as_string::<i32>;
                    let column = owners.column_by_name(name).unwrap();
                    let texts: &StringArray = texts(column);
                    texts.iter().flatten().map(str::to_owned).collect::<Vec<_>>()
                };
                if text("comm").first().is_some_and(|comm| comm == "load-0") {
                    rows += 1;
                    exes.extend(text("exe"));
                }
            }
        }
        assert_eq!(f64::from(rows), counted);
        assert!(exes.len() == 1 && exes.first().unwrap().starts_with('/'), "{exes:?}");
    });
}

#[test]
fn looks_of_different_agents_begin_at_the_same_time() {
    private(|_| {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let every = ["--store-interval", "2s", "--interval", "700ms"];
        let agents = dirs.each_ref().map(|dir| {
            thread::sleep(Duration::from_millis(300));
            start(dir.path(), &every)
        });
        for mut agent in agents {
            agent.until("written", || written(&agent) >= 5.0);
            agent.signal("TERM");
            assert!(agent.process.wait().unwrap().success());
        }
        for dir in dirs {
            let looks = assert_once(dir.path());
            let after = looks.iter().map(|look| look.time % (2 * SECOND));
            let mut after: Vec<i64> = after.skip(1).collect();
            after.sort_unstable();
            // All but what a busy host delays.
            assert!(after[after.len() / 2] < SECOND / 3, "{looks:?}");
        }
    });
}

#[test]
fn a_refresh_that_is_not_finished_is_a_look_with_a_gap() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 10);
        let dir = tempfile::tempdir().unwrap();
        let options = Options { deadline: Duration::ZERO, ..options(dir.path()) };
        let mut refresher = Refresher::new(options, Arc::new(Published::default())).unwrap();
        refresher.refresh();
        drop(refresher);
        assert_whole(dir.path());
        let looks = looks(dir.path());
        let [look] = &looks[..] else { panic!("{looks:?}") };
        assert!(!look.complete && look.sockets > 10, "{look:?}");
        assert_eq!(look.gaps, ["the look ended early: it passed its deadline of 0ns"]);
    });
}

fn options(directory: &Path) -> Options {
    Options {
        namespaces: NamespacesOf::Own,
        store_directory: Some(directory.to_owned()),
        store_interval: Duration::ZERO,
        store_file_age: Duration::ZERO,
        ..Options::default()
    }
}

/// What the clock of the rows says, and the time since boot.
static TIME: AtomicI64 = AtomicI64::new(0);
static BOOT: AtomicU64 = AtomicU64::new(0);

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3600 * SECOND;
/// 2026-11-30 21:59:59.5 UTC.
const BEFORE_TEN: i64 = 1_796_075_999_500_000_000;

#[test]
fn a_clock_that_jumps_makes_nothing_twice_and_is_reported() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 10);
        let dir = tempfile::tempdir().unwrap();
        let clock = || (TIME.load(Ordering::Relaxed), BOOT.load(Ordering::Relaxed));
        let published = Arc::new(Published::default());
        let mut refresher = Refresher::with_clock(options(dir.path()), published, clock).unwrap();
        let store = refresher.store().unwrap();
        let wanted = [
            BEFORE_TEN,
            // Across the hour, as time passes.
            BEFORE_TEN + SECOND,
            // Set back across it, to a time that a look has, and forward by a day.
            BEFORE_TEN + 2 * SECOND - HOUR,
            BEFORE_TEN,
            BEFORE_TEN + 24 * HOUR,
        ];
        for (at, time) in (0_u64..).zip(wanted) {
            TIME.store(time, Ordering::Relaxed);
            BOOT.store(at * 1_000_000_000, Ordering::Relaxed);
            refresher.refresh();
            let begun = Instant::now();
            while store.snapshots.load(Ordering::Relaxed) <= at {
                assert!(begun.elapsed() < Duration::from_secs(60), "{store:?}");
                thread::sleep(Duration::from_millis(5));
            }
        }
        drop(refresher);
        assert_whole(dir.path());
        let looks = assert_once(dir.path());
        let times: Vec<i64> = looks.iter().map(|look| look.time).collect();
        let mut expected = wanted;
        expected[3] += 1;
        assert_eq!(times, expected);
        let steps: Vec<_> = looks.iter().map(|look| look.clock_step).collect();
        let day = 24 * HOUR - SECOND - 1;
        assert_eq!(steps, [None, None, Some(-HOUR), Some(HOUR - 3 * SECOND + 1), Some(day)]);
        for (hour, files) in [(21, 3), (22, 1)] {
            let below = format!("sockets/date=2026-11-30/hour={hour}");
            assert_eq!(fs::read_dir(dir.path().join(below)).unwrap().count(), files, "{hour}");
        }
    });
}

#[test]
fn how_often_is_written_can_be_changed_without_a_restart() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 10);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("agent.toml");
        let directory = dir.path().join("files");
        let options = format!("store_directory = {directory:?}\n");
        fs::write(&file, &options).unwrap();
        let agent = Agent::start(&["--config", file.to_str().unwrap()]);
        // The first look is written at once, as the next one is later than a file's age; and then none.
        agent.until("written", || written(&agent) == 1.0);
        let refreshes = |agent: &Agent| agent.page().sum("procnet_agent_refreshes_total");
        let before = refreshes(&agent);
        agent.until("refreshed", || refreshes(&agent) > before + 5.0);
        assert_eq!(written(&agent), 1.0);
        let changed =
            "store_interval = \"200ms\"\nstore_file_age = 0\nstore_max_bytes = \"100kB\"\n";
        fs::write(&file, options + changed).unwrap();
        agent.signal("HUP");
        agent.page_when(|page| page.sum("procnet_agent_store_deleted_files_total") >= 2.0);
        let page = agent.page();
        assert!(page.sum("procnet_agent_store_directory_bytes") <= 100_000.0);
        // What was written and then deleted is not lost; a busy host may lose a look all the same.
        assert!(page.sum("procnet_agent_store_lost_snapshots_total") < written(&agent));
        drop(agent);
        assert_once(&directory);
    });
}
