//! What becomes of the Parquet files when the agent is killed, and when they cannot be written.

use std::{fs, path::Path, process::Command, thread, time::Duration};

use procnet_corpus::live::{LoadGenerator, Workload, private, skip};

use crate::{
    agent::Agent,
    store::{
        assert_once,
        files::{assert_whole, files, looks, sockets},
        start, written,
    },
};

#[test]
fn an_agent_that_is_killed_leaves_whole_files_and_nothing_twice() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 300);
        let dir = tempfile::tempdir().unwrap();
        let (mut before, mut unfinished) = (0, 0.0);
        for kill in 0..24_u64 {
            // Files of one look, and of several.
            let age = if kill % 2 == 0 { "0" } else { "250ms" };
            let mut agent = start(dir.path(), &["--interval", "20ms", "--store-file-age", age]);
            // At any moment of the first to the third look.
            agent.until("written", || written(&agent) >= (kill % 3) as f64);
            thread::sleep(Duration::from_millis(kill * 137 % 300));
            unfinished += agent.page().sum("procnet_agent_store_unfinished_files_total");
            agent.process.kill().unwrap();
            agent.process.wait().unwrap();
            // Who reads meanwhile sees whole files, and of each look exactly its sockets.
            let (looks, sockets) = (assert_once(dir.path()), sockets(dir.path()));
            for look in &looks {
                assert_eq!(sockets.get(&(look.host.clone(), look.time)), Some(&look.sockets));
            }
            assert!(looks.len() >= before, "what is written stays");
            before = looks.len();
        }
        let mut last = start(dir.path(), &[]);
        last.until("written", || written(&last) >= 1.0);
        last.signal("TERM");
        assert!(last.process.wait().unwrap().success());
        assert_whole(dir.path());
        assert!(looks(dir.path()).len() > before && before > 10, "{before}");
        assert_eq!(unfinished_files(dir.path()), 0);
        eprintln!("{before} looks, and {unfinished} unfinished files that were deleted");
    });
}

fn unfinished_files(root: &Path) -> usize {
    let is_unfinished =
        |path: &&std::path::PathBuf| path.extension().is_some_and(|it| it == "unfinished");
    files(root).iter().filter(is_unfinished).count()
}

/// Mounts something at a directory.
pub(crate) fn mount(at: &Path, arguments: &[&str]) {
    let output = Command::new("mount").args(arguments).arg(at).output();
    if !output.is_ok_and(|output| output.status.success()) {
        skip("nothing can be mounted");
    }
}

/// Asserts that an agent serves although it cannot write.
fn assert_serves(agent: &Agent) {
    let page = agent.page_when(|page| page.sum("procnet_agent_store_lost_snapshots_total") >= 3.0);
    let refreshes = page.sum("procnet_agent_refreshes_total");
    agent.page_when(|page| page.sum("procnet_agent_refreshes_total") > refreshes + 2.0);
    // On a full disk a small file may still find room now and then.
    agent.until("failing", || agent.get("/health").body.contains("\"store\":\"failing\""));
    assert_eq!(agent.get("/health").status, 200);
    agent.page_when(|page| page.value("procnet_agent_store_failing", &[]) == Some(1.0));
    let log = agent.log();
    let reports = log.matches("message=\"Parquet is not written\"").count();
    let recoveries = log.matches("message=\"Parquet is written again\"").count();
    assert!(reports > 0 && reports <= recoveries + 1, "{log}");
}

/// Asserts that an agent writes again, and that the first look that it wrote reports those that are missing.
fn assert_recovers(mut agent: Agent, root: &Path) {
    agent.page_when(|page| page.value("procnet_agent_store_failing", &[]) == Some(0.0));
    let page = agent.page();
    let lost = page.sum("procnet_agent_store_lost_snapshots_total");
    assert!(agent.log().contains("message=\"Parquet is written again\""), "{}", agent.log());
    agent.signal("TERM");
    assert!(agent.process.wait().unwrap().success());
    assert_whole(root);
    let reported: u64 = assert_once(root).iter().map(|look| look.lost).sum();
    // What is lost after the page is reported as well, and no number is missing without that: see `assert_once`.
    assert!(reported as f64 >= lost, "{reported}, {lost}");
    // One that could not be deleted when it could not be written is left to the next agent.
    assert!(unfinished_files(root) <= 1);
    let mut next = start(root, &[]);
    next.signal("TERM");
    assert!(next.process.wait().unwrap().success());
    assert_eq!(unfinished_files(root), 0);
}

#[test]
fn a_full_disk_loses_looks_that_are_counted_and_nothing_else() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 300);
        let dir = tempfile::tempdir().unwrap();
        mount(dir.path(), &["-t", "tmpfs", "-o", "size=1m", "tmpfs"]);
        let agent = start(dir.path(), &["--store-max-bytes", "0"]);
        assert_serves(&agent);
        assert!(agent.log().contains("No space left on device"), "{}", agent.log());
        mount(dir.path(), &["-t", "tmpfs", "-o", "remount,size=64m", "tmpfs"]);
        assert_recovers(agent, dir.path());
    });
}

#[test]
fn a_directory_that_becomes_read_only_is_written_again_when_it_no_longer_is() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let dir = tempfile::tempdir().unwrap();
        let agent = start(dir.path(), &[]);
        agent.until("written", || written(&agent) >= 2.0);
        // The same directory, seen through a mount that refuses.
        mount(dir.path(), &["-o", "bind,ro", dir.path().to_str().unwrap()]);
        assert_serves(&agent);
        assert!(agent.log().contains("Read-only file system"), "{}", agent.log());
        assert!(Command::new("umount").arg(dir.path()).status().unwrap().success());
        assert_recovers(agent, dir.path());
    });
}

#[test]
fn a_directory_that_is_taken_away_is_made_again_and_locked() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 1, 50);
        let dir = tempfile::tempdir().unwrap();
        let (root, away) = (dir.path().join("files"), dir.path().join("away"));
        let mut agent = start(&root, &[]);
        agent.until("written", || written(&agent) >= 2.0);
        fs::rename(&root, &away).unwrap();
        agent.until("made again", || !looks(&root).is_empty());
        // Nobody else writes there.
        let other = start(&root, &[]);
        other.until("refused", || other.log().contains("another process writes here"));
        assert_eq!(written(&other), 0.0);
        drop(other);
        let lost = agent.page().sum("procnet_agent_store_lost_snapshots_total");
        agent.signal("TERM");
        assert!(agent.process.wait().unwrap().success());
        assert_whole(&root);
        let (first, second) = (assert_once(&away), assert_once(&root));
        assert!(first.iter().all(|look| look.writer < second[0].writer));
        // Of those at the start, which follow each other at once, a busy host loses some as well.
        let reported: u64 = first.iter().chain(&second).map(|look| look.lost).sum();
        assert!(reported as f64 >= lost, "{first:?} {second:?}");
    });
}
