//! The files of one process.

use super::{Entry, Tree};

/// A process: its files, each of which may be missing or hold anything.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What `stat` holds, if there is one.
    pub stat: Option<Vec<u8>>,
    /// What `status` holds, if there is one.
    pub status: Option<Vec<u8>>,
    /// What is in `fd`.
    pub descriptors: Descriptors,
    /// Its threads, and whether each still has its descriptors; none if the tree does not tell.
    pub threads: Vec<(u32, bool)>,
    /// Its leader has ended: only threads show descriptors.
    pub leaderless: bool,
    /// The tables of its network, in the tree's form: names in `net` and what is there.
    pub net: Vec<(&'static str, Entry)>,
}

/// What is in the directory `fd` of a process.
#[derive(Clone, Debug)]
pub enum Descriptors {
    /// There is none, as of a process that has ended.
    Missing,
    /// There is a file in its place, so that it cannot be listed.
    NotADirectory,
    /// Entries, mostly links, by name.
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
