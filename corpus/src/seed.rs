//! Seeds for the fuzz targets, cut from the data folders.

use std::{fs, io, path::Path};

use procnet_core::{ByteOrder, Lines};

use crate::{
    kind::Kind,
    naive::{self, process::Stat},
    proc_tree::{Case, Change, Descriptors, Entry, Process, Tree},
    render::{self, inet},
    target,
};

/// A target's name and an input for it.
pub type Seed = (&'static str, Vec<u8>);

/// All seeds: each file of `captures/`, `malformed/` and `pathological/` in runs of a few
/// lines, which is what a fuzzer mutates best.
pub fn all(corpus: &Path) -> io::Result<Vec<Seed>> {
    let mut seeds = Vec::new();
    for folder in ["captures", "malformed", "pathological"] {
        collect(&corpus.join(folder), &mut seeds)?;
    }
    // Not of any file: a socket, and one of two ports, but not a prefix.
    let filter = [2, 255, 0, 1, 80, 0, 2, 90, 0, 0, 0, 132, 0, 80, 16, 90, 7, 13, 0, 1, 8];
    seeds.push(("filter", filter.to_vec()));
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

fn collect(folder: &Path, seeds: &mut Vec<Seed>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, seeds)?;
        } else if path.extension().is_none() {
            let bytes = fs::read(&path)?;
            // Malformed and pathological files go by their folder's name.
            let of = |path: &Path| Kind::of(&path.to_string_lossy(), order(path));
            let Some(kind) = of(&path).or_else(|| of(path.parent()?)) else { continue };
            seeds.extend(cut(kind, &bytes));
        }
    }
    Ok(())
}

/// A guess by the capture's name; any choice makes a valid seed.
fn order(path: &Path) -> ByteOrder {
    let path = path.to_string_lossy();
    if path.contains("s390x") || path.contains("mips") { ByteOrder::Big } else { ByteOrder::Little }
}

fn cut(kind: Kind, bytes: &[u8]) -> Vec<Seed> {
    let lines: Vec<&[u8]> = Lines::new(bytes).collect();
    let runs = |name: &'static str, first: Option<u8>| -> Vec<Seed> {
        let seed =
            |run: &[&[u8]]| first.into_iter().chain(run.join(&b'\n')).chain([b'\n']).collect();
        lines.chunks(3).map(|run| (name, seed(run))).collect()
    };
    match kind {
        Kind::Inet(table) => {
            let name = inet::Kind::ALL.into_iter().find(|kind| kind.table(table.order) == table);
            let name = name.map_or("tcp", inet::Kind::file);
            let tree = |run: &[&[u8]]| ("proc_tree", tree(name, table.order, run));
            let mut seeds = runs("inet", Some(target::inet_choice(table)));
            seeds.extend(lines.chunks(2).take(2).map(tree));
            seeds
        }
        Kind::Unix => {
            let mut seeds = runs("unix", None);
            let tree = |run: &[&[u8]]| ("proc_tree", tree("unix", ByteOrder::Little, run));
            seeds.extend(lines.chunks(2).take(2).map(tree));
            seeds.extend(lines.iter().map(|line| ("escape", line.to_vec())));
            // A small buffer, and reads of a few lengths.
            let window = |run: &[&[u8]]| [&[200, 2, 7, 150], run.join(&b'\n').as_slice()].concat();
            seeds.extend(lines.chunks(2).map(|run| ("window", window(run))));
            seeds
        }
        Kind::Dev => runs("dev", None),
        // Two pairs at most; netstat's lines are long enough alone.
        Kind::Snmp => lines.chunks(2).map(|pair| ("snmp", pair.join(&b'\n'))).collect(),
        Kind::Sockstat => runs("sockstat", None),
        Kind::Snmp6 => runs("snmp6", None),
        Kind::Packet => runs("packet", None),
        Kind::NetlinkTable => runs("netlink_table", None),
        Kind::Softnet => runs("softnet", None),
        // The heading, and a few rows.
        Kind::Protocols => vec![("protocols", bytes[..bytes.len().min(700)].to_vec())],
        Kind::Conntrack => vec![("conntrack", bytes.to_vec())],
        Kind::Network(kind, order) => runs("network", Some(kind.choice(order))),
        Kind::Status => vec![("status", bytes[..bytes.len().min(600)].to_vec())],
        Kind::Stat => vec![("stat", bytes.to_vec())],
        Kind::Link => lines.iter().map(|line| ("link", line.to_vec())).collect(),
        Kind::Netlink(order) => {
            let choice = u8::from(order == ByteOrder::Big);
            let (messages, whole) = naive::netlink::messages(bytes, order);
            // What is no message is a seed as it is.
            let whole = (!whole).then(|| ("netlink", [&[choice], bytes].concat()));
            let seed = |run: &[naive::netlink::Message]| {
                let run = run.iter().flat_map(|message| render::netlink::message(message, order));
                ("netlink", std::iter::once(choice).chain(run).collect())
            };
            messages.chunks(2).map(seed).chain(whole).collect()
        }
    }
}

/// A tree with lines of a table, and two processes that hold whatever the lines say may be an
/// inode: one whose leader has ended, and one that passes its descriptors on.
fn tree(table: &str, order: ByteOrder, run: &[&[u8]]) -> Vec<u8> {
    let words = run.iter().flat_map(|line| line.split(|byte| *byte == b' '));
    let numbers = words.filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok());
    let inodes = numbers.filter(|number: &u64| *number > 2).take(3);
    let link = |inode| Entry::Link(render::process::link(inode).into_bytes());
    let links: Vec<(String, Entry)> =
        (3..).zip(inodes).map(|(fd, inode)| (i32::to_string(&fd), link(inode))).collect();
    let mut tree = Tree::default();
    tree.file(&format!("net/{table}"), [run.join(&b'\n').as_slice(), b"\n"].concat());
    for (pid, threads) in [(7, vec![(8, true)]), (9, Vec::new())] {
        let comm = b"a) b".to_vec();
        let stat = Stat { pid, comm, state: b'S', ppid: 1, threads: 1, start_time: 11 };
        let leaderless = !threads.is_empty();
        let stat = Some(render::process::stat(&stat));
        let descriptors = Descriptors::Open(links.clone());
        let process =
            Process { pid, stat, status: None, descriptors, threads, leaderless, net: Vec::new() };
        process.put(&mut tree);
    }
    let passed = links.first().map(|(fd, link)| Change::Put(path("10", fd), link.clone()));
    let changes = [Change::Remove(b"7".to_vec()), Change::Remove(path("9", "3"))];
    let changes = changes.into_iter().chain(passed).collect();
    let choice = u8::from(order == ByteOrder::Big);
    Case { choice, tree, changes }.text()
}

fn path(pid: &str, fd: &str) -> Vec<u8> {
    format!("{pid}/fd/{fd}").into_bytes()
}
