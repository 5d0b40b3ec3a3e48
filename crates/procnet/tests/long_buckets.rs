//! Steady sockets in long buckets of the kernel's TCP hashes, while others in the same buckets come
//! and go: listeners of one address and port, and a network namespace whose hash has few buckets.

use std::collections::BTreeSet;

use procnet::{
    Kind, Kinds, Query, Scanner, Source,
    owners::OwnerSource,
    snapshot::{Change, Snapshot},
};
use procnet_corpus::live::{HelperProcess, LoadGenerator, Sandbox, Workload, note, private, skip};

mod common;

/// What 40 visits found, and as many plain reads that alternate with them.
#[derive(Debug, Default)]
struct Found {
    missed: usize,
    recovered: u64,
    unsettled: usize,
    plain_missed: usize,
    vanished: usize,
}

/// Looks for the steady sockets from a source, with the changes from one visit to the next.
fn look(steady: &BTreeSet<u64>, source: Source) -> Found {
    let query = Query::new().kinds(Kinds::TCP4).owners(false).source(source);
    let mut scanner = Scanner::new().unwrap();
    let (mut before, mut now) = (Snapshot::default(), Snapshot::default());
    let mut found = Found::default();
    for _visit in 0..40 {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let inodes = table.lines().filter_map(|row| row.split_ascii_whitespace().nth(9));
        let plain: BTreeSet<u64> = inodes.filter_map(|inode| inode.parse().ok()).collect();
        found.plain_missed += steady.difference(&plain).count();

        std::mem::swap(&mut before, &mut now);
        let coverage = scanner.snapshot(&query, &mut now).unwrap();
        common::assert_complete_beside_churn(&coverage);
        let inode = |socket: &procnet::Socket<'_>| socket.inode.map_or(0, procnet::Inode::get);
        let seen: Vec<u64> = now.iter().map(|socket| inode(&socket)).collect();
        let once: BTreeSet<u64> = seen.iter().copied().filter(|inode| *inode != 0).collect();
        assert_eq!(once.len(), seen.iter().filter(|inode| **inode != 0).count());
        found.missed += steady.difference(&once).count();
        found.recovered += coverage.recovered;
        found.unsettled += usize::from(!coverage.unsettled.is_empty());
        let gone = before.diff(&now).filter(|change| matches!(change, Change::Vanished(_)));
        found.vanished += gone.filter(|change| steady.contains(&inode(change.socket()))).count();
    }
    note(&format!("{source}, {} steady sockets: {found:?}", steady.len()));
    found
}

fn steady(load: &LoadGenerator) -> BTreeSet<u64> {
    let entries = load.entries();
    entries.iter().filter(|it| it.kind == "tcp").filter_map(|entry| entry.inode).collect()
}

fn assert_none_missed(steady: &BTreeSet<u64>) {
    for source in common::SOURCES {
        let found = look(steady, source);
        assert_eq!((found.missed, found.vanished), (0, 0), "{source}: {found:?}");
    }
}

#[test]
fn no_steady_listener_of_a_group_is_missed() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Listeners, 5, 100);
        let busy = [HelperProcess::start(b"busy"), HelperProcess::start(b"busy")];
        busy.iter().for_each(|helper| helper.churn("listeners"));
        assert_none_missed(&steady(&load));
    });
}

/// Without churn, another read shows that nothing was left out.
#[test]
fn a_group_of_listeners_that_stays_is_settled() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Listeners, 2, 300);
        for source in common::SOURCES {
            let query = Query::new().source(source);
            let answer = Scanner::new().unwrap().collect(&query).unwrap();
            assert!(answer.coverage.is_complete(), "{}", answer.coverage);
            assert_eq!((answer.coverage.recovered, answer.coverage.repeated), (0, 0));
            assert_eq!(answer.sockets.len(), load.entries().len());
        }
    });
}

/// While other threads walk, later tables are received ahead, up to a limit. Reading listeners once more
/// does not take the rest of them away.
#[test]
fn another_look_leaves_what_was_received_ahead_as_it_is() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Listeners, 2, 300);
        let load = load.spawn(Workload::Unix, 4, 1500);
        for read_ahead in [64 << 10, 128 << 10, 256 << 10] {
            let mut scanner = Scanner::new().unwrap().threads(2).read_ahead(read_ahead);
            let query = Query::new().source(Source::Netlink).owner_source(OwnerSource::Walk);
            for _visit in 0..3 {
                let answer = scanner.collect(&query).unwrap();
                assert!(answer.coverage.is_complete(), "{}", answer.coverage);
                assert!(answer.coverage.long_buckets.contains(Kind::Tcp));
                assert_eq!(answer.sockets.len(), load.entries().len());
            }
        }
    });
}

#[test]
fn no_steady_connection_in_a_small_hash_is_missed() {
    fn reader(_: &str) {
        procnet_corpus::live::run(&["ip", "link", "set", "lo", "up"]).unwrap();
        let buckets = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_ehash_entries").unwrap();
        assert_eq!(buckets.trim(), "16");
        let load = LoadGenerator::default().spawn(Workload::Tcp, 2, 401);
        let busy = [HelperProcess::start(b"busy"), HelperProcess::start(b"busy")];
        busy.iter().for_each(|helper| helper.churn("tcp"));
        assert_none_missed(&steady(&load));
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let entries = "/proc/sys/net/ipv4/tcp_child_ehash_entries";
        if let Err(error) = std::fs::write(entries, "16") {
            skip(&format!("{entries}: {error}"));
        }
        sandbox.run_role("reader", &["unshare", "--net"], "");
    });
}

#[test]
fn a_table_that_changes_in_each_read_is_reported() {
    let mut coverage = procnet::Coverage::default();
    // What others sent is discarded, and nothing is missing.
    coverage.foreign = 7;
    assert!(coverage.is_complete());
    coverage.unsettled = Kinds::TCP4 | Kinds::UNIX;
    assert!(!coverage.is_complete());
    let line = |kind| {
        format!(
            "table {kind}: sockets came and went in each of its reads: one that existed all the \
             time may be missing\n"
        )
    };
    assert_eq!(coverage.to_string(), line("tcp") + &line("unix"));
}
