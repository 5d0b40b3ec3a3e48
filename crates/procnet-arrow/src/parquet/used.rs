//! What a writer's files take, and which is the oldest.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::partition::{SNAPSHOTS, SOCKETS, files};
use crate::error::Error;

/// The files of a writer, oldest first: paths begin with date and hour, names with the time.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// What each takes, with its file of snapshots.
    files: BTreeMap<PathBuf, u64>,
    total: u64,
}

/// What an ended writer left.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) files: u64,
}

impl Used {
    /// Finds the files of a writer, and deletes those that it did not finish: without its end no reader takes
    /// a file, and sockets without their snapshots would be taken for a whole answer.
    pub(super) fn find(root: &Path, name: &str) -> Result<(Used, Left), Error> {
        let list = |table| files(root, table, name).map_err(|cause| Error::io(root, cause));
        let (mut used, mut left) = (Used::default(), Left::default());
        let mut snapshots = BTreeMap::new();
        for found in list(SNAPSHOTS)? {
            match found.is_whole {
                true => drop(snapshots.insert(found.below, found.bytes)),
                false => left.delete(&root.join(SNAPSHOTS).join(&found.below))?,
            }
        }
        for found in list(SOCKETS)? {
            match snapshots.get(&found.below).filter(|_| found.is_whole) {
                Some(bytes) => used.add(found.below, found.bytes + bytes),
                None => left.delete(&root.join(SOCKETS).join(&found.below))?,
            }
        }
        Ok((used, left))
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn add(&mut self, below: PathBuf, bytes: u64) {
        self.total += bytes;
        self.files.insert(below, bytes);
    }

    /// Deletes the oldest file, and returns what it took; `None` if there is none. The snapshots go
    /// first: sockets without snapshots are ignored, snapshots without sockets would be believed.
    pub(super) fn delete_oldest(&mut self, root: &Path) -> Result<Option<u64>, Error> {
        let Some((below, bytes)) = self.files.first_key_value() else { return Ok(None) };
        let (below, bytes) = (below.clone(), *bytes);
        for table in [SNAPSHOTS, SOCKETS] {
            let path = root.join(table).join(&below);
            remove(&path)?;
            // Fails if there is something else in it, which is right.
            let hour = path.parent();
            let _ = hour.map(fs::remove_dir);
            let _ = hour.and_then(Path::parent).map(fs::remove_dir);
        }
        self.files.remove(&below);
        self.total -= bytes;
        Ok(Some(bytes))
    }
}

impl Left {
    fn delete(&mut self, path: &Path) -> Result<(), Error> {
        self.files += 1;
        remove(path)
    }
}

/// Deletes a file that may have been deleted by somebody else.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path, error)),
        _ => Ok(()),
    }
}
