//! Seeds for the fuzz targets, cut from the data folders.

use std::{fs, io, path::Path};

use procnet_core::{ByteOrder, Lines};

use crate::{kind::Kind, target};

/// A target's name and an input for it.
pub type Seed = (&'static str, Vec<u8>);

/// All seeds: each file of `captures/`, `malformed/` and `pathological/` in runs of a few
/// lines, which is what a fuzzer mutates best.
pub fn all(corpus: &Path) -> io::Result<Vec<Seed>> {
    let mut seeds = Vec::new();
    for folder in ["captures", "malformed", "pathological"] {
        collect(&corpus.join(folder), &mut seeds)?;
    }
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
        Kind::Inet(table) => runs("inet", Some(target::inet_choice(table))),
        Kind::Unix => {
            let mut seeds = runs("unix", None);
            seeds.extend(lines.iter().map(|line| ("escape", line.to_vec())));
            // A small buffer, and reads of a few lengths.
            let window = |run: &[&[u8]]| [&[200, 2, 7, 150], run.join(&b'\n').as_slice()].concat();
            seeds.extend(lines.chunks(2).map(|run| ("window", window(run))));
            seeds
        }
        Kind::Dev => runs("dev", None),
        // Two pairs at most; netstat's lines are long enough alone.
        Kind::Snmp => lines.chunks(2).map(|pair| ("snmp", pair.join(&b'\n'))).collect(),
        Kind::Conntrack => vec![("conntrack", bytes.to_vec())],
        Kind::Status => vec![("status", bytes[..bytes.len().min(600)].to_vec())],
        Kind::Stat => vec![("stat", bytes.to_vec())],
        Kind::Link => lines.iter().map(|line| ("link", line.to_vec())).collect(),
    }
}
