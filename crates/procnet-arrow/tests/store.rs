//! A directory has whole files only, and nothing twice, whatever happens to its writer.

use std::{env, path::Path, process::Command, thread, time::Duration};

use procnet_arrow::{
    Error, now,
    parquet::{Store, StoreOptions, WhenFull},
};
use procnet_corpus::live::{private, skip};

mod common;

use common::{assert_whole, files, looks, sockets, whole, write};

/// 2026-11-30 21:15 UTC.
const TIME: i64 = 1_796_073_300_000_000_000;
const HOUR: i64 = 3_600_000_000_000;

/// A file for each snapshot.
fn each() -> StoreOptions {
    let mut options = StoreOptions::default();
    options.max_age = Duration::ZERO;
    options
}

fn open(root: &Path, options: StoreOptions) -> Store {
    Store::open(root, "web-7", options).expect("a store")
}

fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "unfinished")
}

#[test]
fn a_file_is_where_its_date_and_hour_say() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), each());
    write(&mut store, "web-7", TIME, 3).unwrap();
    write(&mut store, "web-7", TIME + HOUR, 3).unwrap();
    let counts = store.close().unwrap();
    assert_eq!((counts.snapshots, counts.sockets, counts.files), (2, 6, 2));
    for table in ["sockets", "snapshots"] {
        let found = whole(root.path(), table);
        let below: Vec<_> =
            found.iter().map(|it| it.strip_prefix(root.path().join(table)).unwrap()).collect();
        let expected = [
            "date=2026-11-30/hour=21/web-7-20261130T211500Z-000000.parquet",
            "date=2026-11-30/hour=22/web-7-20261130T221500Z-000001.parquet",
        ];
        assert_eq!(below, expected.map(Path::new));
    }
    assert_whole(root.path());
}

#[test]
fn snapshots_share_a_file_until_its_hour_its_age_or_its_rows_end() {
    let root = tempfile::tempdir().unwrap();
    let mut options = StoreOptions::default();
    options.max_rows = 100;
    let mut store = open(root.path(), options);
    let mut files_after = |time, sockets| {
        write(&mut store, "web-7", time, sockets).unwrap();
        store.counts().files
    };
    assert_eq!(
        [files_after(TIME, 40), files_after(TIME + 1, 40), files_after(TIME + 2, 40)],
        [0, 0, 1]
    );
    assert_eq!([files_after(TIME + 3, 40), files_after(TIME + HOUR, 40)], [1, 2]);
    store.flush().unwrap();
    assert_eq!(store.counts().files, 3);
    assert_whole(root.path());
}

#[test]
fn a_writer_that_is_killed_leaves_whole_files_and_nothing_twice() {
    const DIRECTORY: &str = "PROCNET_ARROW_KILLED";
    if let Some(root) = env::var_os(DIRECTORY) {
        let mut store = open(Path::new(&root), each());
        loop {
            write(&mut store, "web-7", now(), 500).unwrap();
        }
    }
    let root = tempfile::tempdir().unwrap();
    let name = "a_writer_that_is_killed_leaves_whole_files_and_nothing_twice";
    let (mut unfinished, mut before) = (0, 0);
    for delay in [150, 170, 190, 210, 230, 250, 270, 290] {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut child =
            command.args(["--exact", name]).env(DIRECTORY, root.path()).spawn().unwrap();
        thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        // Those who read meanwhile see whole files, too, and a snapshot never without its sockets.
        let (looks, sockets) = (looks(root.path()), sockets(root.path()));
        for look in &looks {
            assert_eq!(sockets.get(&(look.host.clone(), look.time)), Some(&look.sockets));
        }
        let mut store = open(root.path(), each());
        unfinished += store.counts().unfinished;
        assert_whole(root.path());
        // The next writer goes on.
        before += looks.len();
        write(&mut store, "web-7", now(), 1).unwrap();
    }
    assert!(before > 0, "no writer came to write anything");
    eprintln!("{unfinished} unfinished files were deleted");
}

#[test]
fn a_full_disk_loses_snapshots_that_are_counted_and_tears_nothing() {
    private(|_| {
        let root = tempfile::tempdir().unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
            .arg(root.path())
            .status();
        if !mount.is_ok_and(|status| status.success()) {
            skip("a small file system cannot be mounted");
        }
        let mut options = each();
        options.max_bytes = None;
        let mut store = open(root.path(), options);
        let mut failed = 0;
        for time in 0..80 {
            match write(&mut store, "web-7", TIME + time, 1000) {
                Ok(_) => {}
                Err(error) => {
                    assert!(
                        error.as_io().is_some_and(|it| it.raw_os_error() == Some(28)),
                        "{error:?}"
                    );
                    failed += 1;
                }
            }
        }
        assert!(failed > 0 && store.counts().lost == failed, "{:?}", store.counts());
        assert_whole(root.path());
        // When there is room again, the next snapshot reports how many are missing before it.
        for table in ["snapshots", "sockets"] {
            std::fs::remove_file(&whole(root.path(), table)[0]).unwrap();
        }
        write(&mut store, "web-7", TIME + 100, 10).unwrap();
        assert_whole(root.path());
        assert_eq!(looks(root.path()).iter().map(|look| look.lost).sum::<u64>(), failed);
        let unfinished = files(root.path()).iter().filter(|it| is_unfinished(it)).count();
        assert_eq!(unfinished, 0);
    });
}

#[test]
fn a_clock_that_is_set_back_makes_no_snapshot_twice_and_is_reported() {
    let root = tempfile::tempdir().unwrap();
    let mut store = open(root.path(), each());
    let times = [TIME, TIME + 1, TIME - HOUR, TIME, TIME];
    let written: Vec<i64> =
        times.iter().map(|time| write(&mut store, "web-7", *time, 2).unwrap()).collect();
    assert_eq!(written, [TIME, TIME + 1, TIME - HOUR, TIME + 2, TIME + 3]);
    drop(store);
    assert_whole(root.path());
    let mut looks = looks(root.path());
    looks.sort_by_key(|look| look.sequence);
    let steps: Vec<_> = looks.iter().map(|look| look.clock_step).collect();
    assert_eq!(steps, [None, None, Some(-HOUR - 1), Some(HOUR + 2), None]);
}

#[test]
fn the_oldest_files_are_deleted_when_there_is_no_room() {
    let root = tempfile::tempdir().unwrap();
    let mut options = each();
    options.max_bytes = Some(120_000);
    let mut store = open(root.path(), options.clone());
    for hour in 0..20 {
        write(&mut store, "web-7", TIME + hour * HOUR, 500).unwrap();
    }
    let counts = store.counts();
    assert!(counts.deleted > 0 && counts.snapshots == 20 && counts.lost == 0, "{counts:?}");
    assert_eq!(looks(root.path()).len() as u64, 20 - counts.deleted);
    let size = |path: &Path| files(path).iter().map(|it| it.metadata().unwrap().len()).sum::<u64>();
    let used = size(&root.path().join("sockets")) + size(&root.path().join("snapshots"));
    assert_eq!(used, store.bytes());
    assert!(used <= 120_000);
    assert_whole(root.path());
    // The youngest are there, and the next writer knows what there is.
    assert!(looks(root.path()).iter().any(|look| look.time == TIME + 19 * HOUR));
    drop(store);
    assert_eq!(open(root.path(), options).bytes(), used);
}

#[test]
fn what_is_new_is_refused_if_what_is_old_is_to_be_kept() {
    let root = tempfile::tempdir().unwrap();
    let mut options = each();
    (options.max_bytes, options.when_full) = (Some(60_000), WhenFull::Refuse);
    let mut store = open(root.path(), options);
    let results: Vec<_> =
        (0..10).map(|hour| write(&mut store, "web-7", TIME + hour * HOUR, 500)).collect();
    let refused =
        results.iter().filter(|it| matches!(it, Err(Error::Full { limit: 60_000, .. }))).count();
    assert!(
        results[0].is_ok()
            && refused > 0
            && results.iter().filter(|it| it.is_err()).count() == refused
    );
    assert_eq!(store.counts().lost, refused as u64);
    assert_eq!(store.counts().deleted, 0);
    assert_whole(root.path());
}

#[test]
fn two_writers_of_one_name_do_not_meet_and_two_names_do_not_disturb_each_other() {
    let root = tempfile::tempdir().unwrap();
    let mut first = open(root.path(), each());
    assert!(matches!(Store::open(root.path(), "web-7", each()), Err(Error::InUse(_))));
    let time = first.begin(TIME).unwrap();
    let host = procnet_arrow::Host::new("web-7", None);
    first.write(&common::batch(&host, time, 4)).unwrap();
    assert_eq!(files(root.path()).iter().filter(|it| is_unfinished(it)).count(), 1);
    // Neither deletes the unfinished file of the other.
    let mut second = Store::open(root.path(), "web", each()).expect("another name");
    assert_eq!(second.counts().unfinished, 0);
    write(&mut second, "web", TIME, 2).unwrap();
    let mut snapshot = procnet_arrow::Snapshot::new(&host, time);
    snapshot.sockets = 4;
    first.end(&snapshot).unwrap();
    assert_eq!(sockets(root.path()).len(), 2);
    assert_whole(root.path());
}

/// Deletes all whole files, as whoever has copied them does.
fn take_away(root: &Path) {
    for table in ["sockets", "snapshots"] {
        whole(root, table).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }
}

#[test]
fn files_that_others_delete_leave_room_and_are_not_counted_as_deleted() {
    for when_full in [WhenFull::Refuse, WhenFull::DeleteOldest] {
        let root = tempfile::tempdir().unwrap();
        let mut options = each();
        (options.max_bytes, options.when_full) = (Some(60_000), when_full);
        let mut store = open(root.path(), options);
        let mut written = 0;
        for hour in 0..20 {
            write(&mut store, "web-7", TIME + hour * HOUR, 500).unwrap();
            written += looks(root.path()).len();
            take_away(root.path());
            if hour % 5 == 0 {
                // With their directories, too.
                let _ = std::fs::remove_dir_all(root.path().join("sockets"));
            }
        }
        let counts = store.counts();
        assert_eq!((counts.lost, counts.deleted, counts.deleted_bytes), (0, 0, 0), "{counts:?}");
        assert!(written == 20 && counts.bytes > 3 * 60_000, "{counts:?}");
        assert_eq!(store.count_files().unwrap(), 0);
        assert_eq!(store.bytes(), 0);
        // What is left is what counts from then on.
        for hour in 20..23 {
            let written = write(&mut store, "web-7", TIME + hour * HOUR, 500);
            assert!(written.is_ok() || when_full == WhenFull::Refuse, "{written:?}");
        }
        let size = |table| {
            files(&root.path().join(table))
                .iter()
                .map(|it| it.metadata().unwrap().len())
                .sum::<u64>()
        };
        assert_eq!(store.bytes(), size("sockets") + size("snapshots"));
        let counts = store.counts();
        let (deleted, lost) = (counts.deleted > 0, counts.lost > 0);
        assert_eq!(
            (deleted, lost),
            match when_full {
                WhenFull::DeleteOldest => (true, false),
                WhenFull::Refuse => (false, true),
            }
        );
        assert_whole(root.path());
    }
}

#[test]
fn no_two_files_ever_have_the_same_name() {
    let root = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for _writer in 0..3 {
        let mut store = open(root.path(), each());
        write(&mut store, "web-7", TIME, 3).unwrap();
        write(&mut store, "web-7", TIME, 3).unwrap();
        drop(store);
        names.extend(whole(root.path(), "sockets"));
        take_away(root.path());
    }
    assert_eq!(names.len(), 6);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6);
}

#[test]
fn the_end_of_a_snapshot_that_was_not_begun_or_is_lost_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let mut options = each();
    (options.max_bytes, options.when_full) = (Some(5_000), WhenFull::Refuse);
    let mut store = open(root.path(), options);
    let host = procnet_arrow::Host::new("web-7", None);
    let mut snapshot = procnet_arrow::Snapshot::new(&host, TIME);
    let rows = common::batch(&host, TIME, 2000);
    assert!(matches!(store.end(&snapshot), Err(Error::NotBegun(_))));
    assert!(matches!(store.write(&rows), Err(Error::NotBegun(_))));
    // A flush in between does not end it.
    store.begin(TIME).unwrap();
    store.flush().unwrap();
    store.end(&snapshot).unwrap();
    assert_eq!((store.counts().snapshots, store.counts().lost), (1, 0));
    assert!(matches!(store.end(&snapshot), Err(Error::NotBegun(_))));
    // One that has no room is counted once.
    snapshot.time = store.begin(TIME).unwrap();
    store.write(&rows).unwrap();
    assert!(matches!(store.end(&snapshot), Err(Error::Full { .. })));
    let error = store.end(&snapshot).unwrap_err();
    assert_eq!(error.to_string(), "snapshots: what these rows belong to was not begun, or is lost");
    assert_eq!((store.counts().snapshots, store.counts().lost), (1, 1));
    assert_eq!(looks(root.path()).len(), 1);
}
