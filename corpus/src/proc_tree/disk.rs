//! A tree in the file system.

use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{ffi::OsStrExt as _, fs::symlink},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Change, Entry, Tree, is_inside};

/// A directory that holds a tree, and is gone once this is dropped.
#[derive(Debug)]
pub struct Disk {
    directory: TempDir,
    root: PathBuf,
    /// As it is in the directory.
    tree: Tree,
    removed: usize,
}

impl Disk {
    /// Writes a tree to a directory of its own: in memory, where there is such a place.
    ///
    /// # Errors
    ///
    /// If there is no room.
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

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes a change to the tree, and to the directory what the change makes to the tree.
    ///
    /// # Errors
    ///
    /// If there is no room.
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
            // Something is in its way.
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

    /// Moves away what is at a path. It is kept, as the file system would give the number of a
    /// directory that is gone to the next, which the kernel does not.
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
