//! What a writer's files take, and which is the oldest.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{disk::remove, group::Group, partition::files};
use crate::error::Error;

/// The files of a writer, oldest first: paths begin with date and hour, names with the time.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// By their path below each table.
    files: BTreeMap<PathBuf, Files>,
    total: u64,
}

/// Files of one name.
#[derive(Debug)]
struct Files {
    group: &'static Group,
    bytes: u64,
}

/// What an ended writer left.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) files: u64,
}

impl Used {
    /// Finds the files of a writer, and deletes those that it did not finish: without its end no reader takes
    /// a file, and rows without what they cover would be taken for a whole answer.
    pub(super) fn find(root: &Path, name: &str) -> Result<(Used, Left), Error> {
        let (mut used, mut left) = (Used::default(), Left::default());
        for group in Group::ALL {
            let mut covered = BTreeSet::new();
            for table in group.tables() {
                let directory = root.join(table.name());
                let list = files(&directory, name).map_err(|cause| Error::io(&directory, cause));
                for found in list? {
                    let is_cover = table == group.cover;
                    if found.is_whole && (is_cover || covered.contains(&found.below)) {
                        used.add(found.below.clone(), group, found.bytes);
                        covered.insert(found.below);
                    } else {
                        left.files += 1;
                        remove(&directory.join(&found.below))?;
                    }
                }
            }
        }
        Ok((used, left))
    }

    /// Looks for the files of a writer again, as others may have deleted some. What is not finished is left.
    pub(super) fn look_again(&mut self, root: &Path, name: &str) -> Result<(), Error> {
        let mut used = Used::default();
        for group in Group::ALL {
            for table in group.tables() {
                let directory = root.join(table.name());
                let list = files(&directory, name).map_err(|cause| Error::io(&directory, cause));
                let whole = list?.into_iter().filter(|found| found.is_whole);
                whole.for_each(|found| used.add(found.below, group, found.bytes));
            }
        }
        *self = used;
        Ok(())
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Adds the bytes of files of this path.
    pub(super) fn add(&mut self, below: PathBuf, group: &'static Group, bytes: u64) {
        self.total += bytes;
        self.files.entry(below).or_insert(Files { group, bytes: 0 }).bytes += bytes;
    }

    /// Deletes the oldest files, and returns what they took: 0 if somebody else has deleted them, and `None` if
    /// there are none.
    pub(super) fn delete_oldest(&mut self, root: &Path) -> Result<Option<u64>, Error> {
        let Some((below, Files { group, bytes })) = self.files.first_key_value() else {
            return Ok(None);
        };
        let (below, bytes) = (below.clone(), *bytes);
        let removed = group.remove(root, &below)?;
        for table in group.tables() {
            // Fails if there is something else in it, which is right.
            let path = root.join(table.name()).join(&below);
            let hour = path.parent();
            let _ = hour.map(fs::remove_dir);
            let _ = hour.and_then(Path::parent).map(fs::remove_dir);
        }
        self.files.remove(&below);
        self.total -= bytes;
        Ok(Some(if removed > 0 { bytes } else { 0 }))
    }
}
