//! Trees of files that stand in for /proc: any processes, any descriptors, any tables.
//!
//! - [`Tree`]: what stands at which path; written to a directory of its own.
//! - [`Change`]: what happens to a tree from one look at it to the next.
//! - [`Case`]: a tree, its changes, and what is asked of it, with a form in text.
//! - [`Process`]: the files of one process, as a kernel would have them or not.

mod case;
mod disk;
mod process;

use std::collections::BTreeMap;

pub use case::Case;
pub use disk::Disk;
pub use process::{Descriptors, Process};

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A directory; those on the way to other entries need not be named.
    Directory,
    /// A file that holds these bytes.
    File(Vec<u8>),
    /// A link with this target; only in a directory `fd`, where nothing follows it.
    Link(Vec<u8>),
}

/// What stands where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<Vec<u8>, Entry>,
}

/// What happens to a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An entry comes, or takes the place of another; the directory that it is in stays.
    Put(Vec<u8>, Entry),
    /// What stands at a path goes, with all that is below it. What is put there later is
    /// another file, as that of a process that bears the number of one that has ended.
    Remove(Vec<u8>),
}

/// The longest path, and the longest target of a link.
const LONGEST: usize = 200;

/// The most entries; beyond them a tree only takes time.
const MOST: usize = 2000;

impl Tree {
    /// The entries, a directory before what is in it.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_slice(), entry))
    }

    /// Puts an entry at a path; what cannot stand there is left out.
    pub fn put(&mut self, path: &[u8], entry: Entry) {
        let taken = || ancestors(path).any(|above| self.is_in_the_way(above));
        if self.entries.len() < MOST && is_allowed(path, &entry) && !taken() {
            self.remove(path);
            self.entries.insert(path.to_vec(), entry);
        }
    }

    /// Puts a file at a path.
    pub fn file(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.put(path.as_bytes(), Entry::File(bytes.into()));
    }

    /// Removes what stands at a path, and all that is below it.
    pub fn remove(&mut self, path: &[u8]) {
        self.entries.remove(path);
        let below: Vec<Vec<u8>> = self.below(path).cloned().collect();
        for path in below {
            self.entries.remove(&path);
        }
    }

    /// Makes a change.
    pub fn change(&mut self, change: &Change) {
        match change {
            Change::Put(path, entry) => self.put(path, entry.clone()),
            Change::Remove(path) => self.remove(path),
        }
    }

    fn below(&self, path: &[u8]) -> impl Iterator<Item = &Vec<u8>> {
        // What follows the slash in ASCII is the first byte that is not below.
        let (first, end) = ([path, b"/"].concat(), [path, b"0"].concat());
        self.entries.range(first..end).map(|(path, _)| path)
    }

    fn is_in_the_way(&self, path: &[u8]) -> bool {
        self.entries.get(path).is_some_and(|entry| *entry != Entry::Directory)
    }
}

/// The directories on the way to a path.
fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    ends.map(|(at, _)| &path[..at])
}

/// Whether an entry may stand at a path. No link is where anything would follow it.
fn is_allowed(path: &[u8], entry: &Entry) -> bool {
    let is_target = |target: &[u8]| (1..=LONGEST).contains(&target.len()) && !target.contains(&0);
    is_inside(path)
        && match entry {
            Entry::Link(target) => is_descriptor(path) && is_target(target),
            Entry::Directory | Entry::File(_) => true,
        }
}

/// Whether a path stays inside the tree.
fn is_inside(path: &[u8]) -> bool {
    let is_name = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.contains(&0);
    path.len() <= LONGEST && path.split(|byte| *byte == b'/').all(is_name)
}

/// Whether a path is that of something in a directory `fd`.
fn is_descriptor(path: &[u8]) -> bool {
    path.rsplit(|byte| *byte == b'/').nth(1) == Some(b"fd")
}
