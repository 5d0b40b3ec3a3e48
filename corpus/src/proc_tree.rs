//! Trees of files in place of /proc: any processes, any descriptors, any tables.
//!
//! - [`Tree`]: the entries and their paths; [`Disk`]: a tree in a directory of its own.
//! - [`Change`]: a change of a tree between two visits.
//! - [`Case`]: a tree, its changes, and a query, in a text format.
//! - [`Process`]: the files of one process, whether a kernel would have them or not.

mod case;
mod disk;
mod process;

use std::collections::BTreeMap;

pub use case::Case;
pub use disk::Disk;
pub use process::{Descriptors, Process};

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A directory; those that contain other entries exist implicitly.
    Directory,
    /// A file with this content.
    File(Vec<u8>),
    /// A link with this target; only in a directory `fd`, where nothing follows links.
    Link(Vec<u8>),
}

/// Entries by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<Vec<u8>, Entry>,
}

/// A change of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds an entry, or replaces another; its directory remains.
    Put(Vec<u8>, Entry),
    /// Removes the entry at a path and everything below it. What is put there later is another
    /// file, like that of a process whose pid is reused.
    Remove(Vec<u8>),
}

/// The maximum length of a path, and of a link's target.
const MAX_LENGTH: usize = 200;

/// The maximum number of entries; more would only take time.
const MAX_ENTRIES: usize = 2000;

impl Tree {
    /// The entries, with each directory before its content.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_slice(), entry))
    }

    /// Puts an entry at a path; ignored if it is not allowed there.
    pub fn put(&mut self, path: &[u8], entry: Entry) {
        let taken = || ancestors(path).any(|above| self.is_in_the_way(above));
        if self.entries.len() < MAX_ENTRIES && is_allowed(path, &entry) && !taken() {
            self.remove(path);
            self.entries.insert(path.to_vec(), entry);
        }
    }

    /// Puts a file at a path.
    pub fn file(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.put(path.as_bytes(), Entry::File(bytes.into()));
    }

    /// Removes the entry at a path, and everything below it.
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
        // The character after the slash in ASCII is `0`.
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

/// Whether an entry is allowed at a path. Links are not allowed where anything would follow them.
fn is_allowed(path: &[u8], entry: &Entry) -> bool {
    let is_target =
        |target: &[u8]| (1..=MAX_LENGTH).contains(&target.len()) && !target.contains(&0);
    is_inside(path)
        && match entry {
            Entry::Link(target) => is_descriptor(path) && is_target(target),
            Entry::Directory | Entry::File(_) => true,
        }
}

/// Whether a path stays inside the tree.
fn is_inside(path: &[u8]) -> bool {
    let is_name = |part: &[u8]| !matches!(part, b"" | b"." | b"..") && !part.contains(&0);
    path.len() <= MAX_LENGTH && path.split(|byte| *byte == b'/').all(is_name)
}

/// Whether a path is inside a directory `fd`.
fn is_descriptor(path: &[u8]) -> bool {
    path.rsplit(|byte| *byte == b'/').nth(1) == Some(b"fd")
}
