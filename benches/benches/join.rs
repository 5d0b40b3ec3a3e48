//! From a hundred thousand inodes to their owners, in a captured tree: `operation/input/engine`.
//!
//! A tree of files stays as it is and costs less to read than the running kernel's /proc, so
//! the table of owners (filled, sorted, asked for each socket) is a larger part of the whole
//! here. What reading alone costs is measured beside it.

use std::{collections::HashMap, fmt::Write as _, fs, os::unix::fs::symlink, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use procnet::{
    Kinds, ProcRoot, Query, Scanner,
    decode::{ByteOrder, table::inet},
};
use procnet_benches::table;

const SOCKETS: usize = 100_000;
const PROCESSES: usize = 100;

/// A /proc whose process 1 has the table, and the others a share of its sockets each.
fn plant(root: &Path) {
    let text = table::tcp(SOCKETS);
    fs::create_dir_all(root.join("1/net")).expect("a directory");
    fs::write(root.join("1/net/tcp"), &text).expect("a table");
    for process in 0..PROCESSES {
        let process = root.join((2 + process).to_string());
        fs::create_dir_all(process.join("fd")).expect("a directory");
        fs::write(process.join("stat"), stat(&process)).expect("a file");
    }
    for (at, inode) in inodes(&text).into_iter().enumerate() {
        let (process, fd) = (2 + at % PROCESSES, 3 + at / PROCESSES);
        let link = root.join(format!("{process}/fd/{fd}"));
        symlink(format!("socket:[{inode}]"), link).expect("a link");
    }
}

/// As of a process that has run for a while.
fn stat(process: &Path) -> String {
    let pid = process.file_name().and_then(|name| name.to_str()).expect("a name");
    let mut stat = format!("{pid} (server) S");
    for field in 4..=52 {
        // Writing into memory does not fail.
        let _ = write!(stat, " {}", if field == 22 { 4242 } else { 0 });
    }
    stat + "\n"
}

fn inodes(text: &[u8]) -> Vec<u64> {
    let rows = inet::Table::tcp4(ByteOrder::NATIVE).rows(text);
    let inode =
        |row: Result<inet::Row<'_>, _>| row.and_then(|row| row.record()).expect("a row").inode;
    rows.filter_map(|row| inode(row).map(procnet::Inode::get)).collect()
}

/// How many sockets have an owner.
fn ours(scanner: &mut Scanner, query: &Query) -> usize {
    let mut owned = 0;
    let visited = scanner.visit(query, |socket| owned += usize::from(!socket.owners.is_empty()));
    visited.expect("an answer");
    owned
}

/// As one would write it first: a map from inodes to lists, from the standard library alone.
fn with_a_map(root: &Path) -> usize {
    let mut holders: HashMap<u64, Vec<(u32, u32)>> = HashMap::new();
    let number = |name: std::ffi::OsString| name.to_str().and_then(|name| name.parse().ok());
    for process in fs::read_dir(root).expect("a directory").flatten() {
        let Some(pid) = number(process.file_name()) else { continue };
        let Ok(fds) = fs::read_dir(process.path().join("fd")) else { continue };
        for fd in fds.flatten() {
            let target = fs::read_link(fd.path()).expect("a link");
            let target =
                target.to_str().and_then(|to| to.strip_prefix("socket:[")?.strip_suffix(']'));
            let inode = target.and_then(|inode| inode.parse().ok());
            if let (Some(inode), Some(fd)) = (inode, number(fd.file_name())) {
                holders.entry(inode).or_default().push((pid, fd));
            }
        }
    }
    let text = fs::read(root.join("1/net/tcp")).expect("a table");
    inodes(&text).iter().filter(|inode| holders.contains_key(inode)).count()
}

fn join(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    plant(root);
    let mut scanner = Scanner::with_root(ProcRoot::at(root).expect("a root"));
    let owners = Query::new().kinds(Kinds::TCP4);
    let no_owners = owners.clone().owners(false);
    assert_eq!(ours(&mut scanner, &owners), SOCKETS);
    assert_eq!(ours(&mut scanner, &no_owners), 0);
    assert_eq!(with_a_map(root), SOCKETS);

    let mut group = criterion.benchmark_group("join");
    group.throughput(Throughput::Elements(SOCKETS as u64)).sample_size(10);
    group.bench_function("rows-and-owners/tree-100k/procnet", |bencher| {
        bencher.iter(|| ours(&mut scanner, &owners));
    });
    group.bench_function("rows-and-owners/tree-100k/std-map", |bencher| {
        bencher.iter(|| with_a_map(root));
    });
    group.bench_function("rows/tree-100k/procnet", |bencher| {
        bencher.iter(|| ours(&mut scanner, &no_owners));
    });
    group.finish();
}

criterion_group!(benches, join);
criterion_main!(benches);
