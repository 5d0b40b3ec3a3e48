//! Missing and repeated rows of a table while sockets come and go beside steady ones.
//!
//! The kernel takes no snapshot: it prints a page at a time and finds its position again. A row
//! that it prints twice is reported once; where it omits rows, the table is read again.
//!
//! There are 5 processes of 1,000 steady sockets; `PROCNET_STEADY=50` makes them 50, for a
//! measurement of some minutes.

use std::{collections::BTreeSet, fs};

use procnet::{Kinds, Query, Scanner, Source};
use procnet_corpus::live::{HelperProcess, LoadGenerator, Workload, private};

/// Of 30 visits, and of 30 plain reads that alternate with them.
#[derive(Debug, Default)]
struct Found {
    /// Steady sockets that visits missed, and the number of visits that missed any.
    missed: usize,
    visits_that_missed: usize,
    /// Rows that the kernel repeated, and rows that another read found.
    repeated: u64,
    recovered: u64,
    /// Other sockets.
    others: usize,
    /// The same of one plain read of the table.
    plain_missed: usize,
    plain_reads_that_missed: usize,
    plain_repeated: usize,
}

fn beside_churn(workload: Workload, kind: &str, kinds: Kinds, source: Source) -> Found {
    let processes = std::env::var("PROCNET_STEADY").map_or(5, |number| number.parse().unwrap());
    // With more UDP sockets, no ephemeral port is left.
    let processes = if workload == Workload::Udp { processes.min(20) } else { processes };
    let load = LoadGenerator::default().spawn(workload, processes, 1000);
    let known = load.entries();
    let steady = known.iter().filter(|entry| entry.kind == kind);
    let steady: BTreeSet<u64> = steady.filter_map(|entry| entry.inode).collect();
    let busy = [HelperProcess::start(b"busy"), HelperProcess::start(b"busy")];
    busy.iter().for_each(|helper| helper.churn(kind));
    let query = Query::new().kinds(kinds).owners(false).source(source);
    let mut scanner = Scanner::new().unwrap();
    let mut found = Found::default();
    for _visit in 0..30 {
        let plain = plain(kind);
        let once: BTreeSet<u64> = plain.iter().copied().collect();
        let missed = steady.difference(&once).count();
        found.plain_missed += missed;
        found.plain_reads_that_missed += usize::from(missed > 0);
        found.plain_repeated += plain.len() - once.len();

        let mut seen = BTreeSet::new();
        let coverage = scanner.visit(&query, |socket| {
            if let Some(inode) = socket.inode {
                let is_new = seen.insert(inode.get());
                assert!(is_new, "socket {inode:?} is reported twice");
            }
        });
        let missed = steady.difference(&seen).count();
        found.missed += missed;
        found.visits_that_missed += usize::from(missed > 0);
        let coverage = coverage.unwrap();
        found.repeated += coverage.repeated;
        found.recovered += coverage.recovered;
        found.others += seen.difference(&steady).count();
    }

    procnet_corpus::live::note(&format!(
        "{kind} by {source}, {} steady sockets: {found:?}",
        steady.len()
    ));
    found
}

/// The inodes of a table's rows, from a plain read.
fn plain(kind: &str) -> Vec<u64> {
    let table = fs::read(format!("/proc/net/{kind}")).unwrap();
    let column = if kind == "unix" { 6 } else { 9 };
    let rows = table.split(|byte| *byte == b'\n').skip(1);
    let inodes = rows.filter_map(|row| {
        let mut columns = row.split(|byte| *byte == b' ').filter(|column| !column.is_empty());
        std::str::from_utf8(columns.nth(column)?).ok()?.parse().ok()
    });
    inodes.filter(|inode| *inode != 0).collect()
}

#[test]
fn proc_misses_no_steady_tcp_socket() {
    private(|_| {
        let found = beside_churn(Workload::Tcp, "tcp", Kinds::TCP4, Source::Procfs);
        assert_eq!(found.missed, 0);
    });
}

#[test]
fn proc_misses_no_steady_unix_socket() {
    private(|_| {
        let found = beside_churn(Workload::Unix, "unix", Kinds::UNIX, Source::Procfs);
        assert_eq!(found.missed, 0);
    });
}

/// The kernel omits a few percent of the rows here; three reads leave almost none. What they leave
/// is measured, and documented in docs/consistency.md.
#[test]
fn missed_udp_sockets_of_proc_are_measured() {
    private(|_| {
        let _measured = beside_churn(Workload::Udp, "udp", Kinds::UDP4, Source::Procfs);
    });
}

/// A dump finds its position again by bucket; where it does not, it is repeated.
#[test]
fn sock_diag_misses_no_steady_tcp_socket() {
    private(|_| {
        let found = beside_churn(Workload::Tcp, "tcp", Kinds::TCP4, Source::Netlink);
        assert_eq!(found.missed, 0);
    });
}

#[test]
fn sock_diag_misses_no_steady_udp_socket() {
    private(|_| {
        let found = beside_churn(Workload::Udp, "udp", Kinds::UDP4, Source::Netlink);
        assert_eq!(found.missed, 0);
    });
}

#[test]
fn sock_diag_misses_no_steady_unix_socket() {
    private(|_| {
        let found = beside_churn(Workload::Unix, "unix", Kinds::UNIX, Source::Netlink);
        assert_eq!(found.missed, 0);
    });
}
