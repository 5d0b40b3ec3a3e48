//! Seeds for the fuzz targets, cut from the data folders.

use std::{fs, io, path::Path};

use procnet_core::ByteOrder;

use crate::{
    naive,
    proc_tree::{Case, Change, Descriptors, Entry, Process, Tree},
    table::{self, Table, Variant, inet, process, process::naive::Stat, unix},
};

/// A target's name and an input for it.
pub type Seed = (&'static str, Vec<u8>);

/// All seeds, cut from each file in `captures/`, `malformed/` and `pathological/`.
///
/// # Errors
///
/// If a file cannot be read.
pub fn all(corpus: &Path) -> io::Result<Vec<Seed>> {
    let mut seeds = Vec::new();
    for folder in ["captures", "malformed", "pathological"] {
        collect(&corpus.join(folder), &mut seeds)?;
    }
    // Not from a file: a socket, and an expression of two ports and a negated prefix.
    let filter = [2, 255, 0, 1, 80, 0, 2, 90, 0, 0, 0, 132, 0, 80, 16, 90, 7, 13, 0, 1, 8];
    seeds.push(("filter", filter.to_vec()));
    for entry in fs::read_dir(corpus.join("../crates/procnet-bpf/tests/layouts"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "btf") {
            seeds.push(("btf", fs::read(path)?));
        }
    }
    seeds.extend(bpf_events().map(|event| ("bpf_event", event)));
    seeds.extend(bpf_rows().map(|row| ("bpf_row", row)));
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

/// An event of both families, that begins or ends, with numbers that differ.
fn bpf_events() -> impl Iterator<Item = Vec<u8>> {
    [(2, 1), (10, 2)].into_iter().map(|(family, kind)| {
        let mut event: Vec<u8> = (1..=136).collect();
        event[72..84].copy_from_slice(&[family, 0, 80, 0, 1, 0, kind, kind, 1, kind, 6, kind - 1]);
        event
    })
}

/// A row of each address family, with numbers that differ.
fn bpf_rows() -> impl Iterator<Item = Vec<u8>> {
    // The family, its addresses, and the length of the name in them.
    let families: [(u8, &[u8], u8); 5] = [
        (1, b"\x09\0\0\0\0\0\0\0/run/a\0\0", 7),
        (2, &[127, 0, 0, 1, 10, 1, 2, 3], 0),
        (10, &[1; 32], 0),
        (16, &[1, 2, 3, 4, 0, 0, 0, 0], 0),
        (17, &[], 0),
    ];
    families.into_iter().map(|(family, addresses, name_length)| {
        let mut row: Vec<u8> = (1..=72).collect();
        row[32] = u8::try_from(72 + addresses.len()).unwrap_or_default();
        (row[33], row[34], row[35]) = (0, family, 0);
        row[68..72].copy_from_slice(&[name_length, 0, 3, 0]);
        row.extend_from_slice(addresses);
        row
    })
}

fn collect(folder: &Path, seeds: &mut Vec<Seed>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, seeds)?;
        } else if path.extension().is_none() {
            let bytes = fs::read(&path)?;
            // Malformed and pathological files are in a folder of the table's name.
            let find = |path: &Path| table::find(&path.to_string_lossy(), order(path));
            let Some((table, variant)) = find(&path).or_else(|| find(path.parent()?)) else {
                continue;
            };
            let own = table.seeds(&bytes, variant).into_iter();
            seeds.extend(own.map(|seed| (table.name(), seed)));
            seeds.extend(of_other_targets(table, variant, &bytes));
        }
    }
    Ok(())
}

/// A guess by the capture's name; any choice makes a valid seed.
fn order(path: &Path) -> ByteOrder {
    let path = path.to_string_lossy();
    if path.contains("s390x") || path.contains("mips") { ByteOrder::Big } else { ByteOrder::Little }
}

/// Seeds for the targets that are not about a table: from inet and unix sockets.
fn of_other_targets(table: &dyn Table, variant: Variant, bytes: &[u8]) -> Vec<Seed> {
    let lines = naive::text::lines(bytes);
    let tree = |run: &[Vec<u8>]| ("proc_tree", tree(variant, run));
    let mut seeds = Vec::new();
    if [inet::Inet.name(), unix::Unix.name()].contains(&table.name()) {
        seeds.extend(lines.chunks(2).take(2).map(tree));
    }
    if table.name() == unix::Unix.name() {
        seeds.extend(lines.iter().map(|line| ("escape", line.clone())));
        // A small buffer, and reads of a few lengths.
        let window = |run: &[Vec<u8>]| [&[200, 2, 7, 150], run.join(&b'\n').as_slice()].concat();
        seeds.extend(lines.chunks(2).map(|run| ("window", window(run))));
    }
    seeds
}

/// A tree with lines of a table, and two processes that hold whatever number in them may be an
/// inode: one whose leader has ended, and one that passes on its descriptors.
fn tree(variant: Variant, run: &[Vec<u8>]) -> Vec<u8> {
    let words = run.iter().flat_map(|line| line.split(|byte| *byte == b' '));
    let numbers = words.filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok());
    let inodes = numbers.filter(|number: &u64| *number > 2).take(3);
    let link = |inode| Entry::Link(process::render::link(inode).into_bytes());
    let links: Vec<(String, Entry)> =
        (3..).zip(inodes).map(|(fd, inode)| (i32::to_string(&fd), link(inode))).collect();
    let mut tree = Tree::default();
    tree.file(variant.file, [run.join(&b'\n').as_slice(), b"\n"].concat());
    for (pid, threads) in [(7, vec![(8, true)]), (9, Vec::new())] {
        let comm = b"a) b".to_vec();
        let stat = Stat { pid, comm, state: b'S', ppid: 1, threads: 1, start_time: 11 };
        let leaderless = !threads.is_empty();
        let stat = Some(process::render::stat(&stat));
        let descriptors = Descriptors::Open(links.clone());
        let process =
            Process { pid, stat, status: None, descriptors, threads, leaderless, net: Vec::new() };
        process.put(&mut tree);
    }
    let passed = links.first().map(|(fd, link)| Change::Put(path("10", fd), link.clone()));
    let changes = [Change::Remove(b"7".to_vec()), Change::Remove(path("9", "3"))];
    let changes = changes.into_iter().chain(passed).collect();
    let choice = u8::from(variant.is_big_endian());
    Case { choice, tree, changes }.text()
}

fn path(pid: &str, fd: &str) -> Vec<u8> {
    format!("{pid}/fd/{fd}").into_bytes()
}
