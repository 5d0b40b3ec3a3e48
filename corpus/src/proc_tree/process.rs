//! The files of one process.

use super::{Entry, Tree};

/// A process: its files, each of which may be missing or have any content.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its pid.
    pub pid: u32,
    /// The content of `stat`, if it exists.
    pub stat: Option<Vec<u8>>,
    /// The content of `status`, if it exists.
    pub status: Option<Vec<u8>>,
    /// The content of `fd`.
    pub descriptors: Descriptors,
    /// Its threads, and whether each still has its descriptors; empty if the tree has no `task`.
    pub threads: Vec<(u32, bool)>,
    /// Whether its leader has ended, so that only other threads have descriptors.
    pub leaderless: bool,
    /// The tables of its network: names in `net`, and their entries.
    pub net: Vec<(&'static str, Entry)>,
}

/// The directory `fd` of a process.
#[derive(Clone, Debug)]
pub enum Descriptors {
    /// It does not exist, as after the process has ended.
    Missing,
    /// It is a file, which cannot be listed.
    NotADirectory,
    /// Its entries by name, mostly links.
    Open(Vec<(String, Entry)>),
}

impl Process {
    /// Adds its files to a tree.
    pub fn put(&self, tree: &mut Tree) {
        let Process { pid, stat, status, descriptors, threads, leaderless, net } = self;
        let directory = |tree: &mut Tree, path: String| tree.put(path.as_bytes(), Entry::Directory);
        directory(tree, format!("{pid}"));
        for (name, bytes) in [("stat", stat), ("status", status)] {
            if let Some(bytes) = bytes {
                tree.file(&format!("{pid}/{name}"), bytes.clone());
            }
        }
        match descriptors {
            Descriptors::Missing => {}
            Descriptors::NotADirectory => tree.file(&format!("{pid}/fd"), ""),
            Descriptors::Open(descriptors) => {
                let alive = threads.iter().filter(|(_, open)| *open);
                let folders = alive.map(|(tid, _)| format!("{pid}/task/{tid}/fd"));
                directory(tree, format!("{pid}/fd"));
                let leader = (!leaderless).then(|| format!("{pid}/fd"));
                for folder in folders.chain(leader) {
                    directory(tree, folder.clone());
                    for (name, entry) in descriptors {
                        tree.put(format!("{folder}/{name}").as_bytes(), entry.clone());
                    }
                }
            }
        }
        for (tid, open) in threads {
            if !open {
                directory(tree, format!("{pid}/task/{tid}"));
            }
        }
        for (name, entry) in net {
            tree.put(format!("{pid}/net/{name}").as_bytes(), entry.clone());
        }
    }
}
