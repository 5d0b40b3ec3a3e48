//! A tree in a file system.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Change, Entry, Tree, is_inside};

/// A directory that contains a tree, and is removed when this is dropped.
#[derive(Debug)]
pub struct Disk {
    directory: TempDir,
    root: PathBuf,
    /// The current content of the directory.
    tree: Tree,
    removed: usize,
}

impl Disk {
    /// Writes a tree to a directory of its own, in memory if possible.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn new(tree: &Tree) -> io::Result<Disk> {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        let root = directory.path().join("proc");
        fs::create_dir(&root)?;
        fs::create_dir(directory.path().join("removed"))?;
        let disk = Disk { directory, root, tree: tree.clone(), removed: 0 };
        for (path, entry) in tree.entries() {
            disk.put(path, entry)?;
        }
        Ok(disk)
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Applies a change to the tree, and its result to the directory.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn change(&mut self, change: &Change) -> io::Result<()> {
        self.tree.change(change);
        let (Change::Put(path, _) | Change::Remove(path)) = change;
        if !is_inside(path) {
            return Ok(());
        }
        match (change, self.tree.entries.get(path)) {
            (Change::Remove(_), _) => self.clear(path),
            (Change::Put(_, entry), Some(taken)) if entry == taken => {
                self.clear(path)?;
                self.put(path, entry)
            }
            // It is not allowed there.
            (Change::Put(..), _) => Ok(()),
        }
    }

    fn put(&self, path: &[u8], entry: &Entry) -> io::Result<()> {
        let at = self.path_of(path);
        if let Some(above) = at.parent() {
            fs::create_dir_all(above)?;
        }
        match entry {
            Entry::Directory => fs::create_dir(at),
            Entry::File(bytes) => fs::write(at, bytes),
            Entry::Link(target) => symlink(OsStr::from_bytes(target), at),
        }
    }

    /// Moves away what is at a path. It is not deleted, as file systems reuse the inode of a
    /// deleted directory for the next one, unlike procfs.
    fn clear(&mut self, path: &[u8]) -> io::Result<()> {
        self.removed += 1;
        let removed = self.directory.path().join("removed").join(self.removed.to_string());
        match fs::rename(self.path_of(path), removed) {
            Err(error) if is_nothing(&error) => Ok(()),
            moved => moved,
        }
    }

    fn path_of(&self, path: &[u8]) -> PathBuf {
        self.root.join(OsStr::from_bytes(path))
    }
}

/// Whether there is nothing at a path.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
