//! A group that is being sent: its files, opened all before the first is sent.

use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt as _},
};

use rustix::{
    fs::{AtFlags, FileType, OFlags, fstat, statat, unlinkat},
    io::Errno,
};

use super::queue::{Waiting, open_below};

/// An open file. It can be read to its end even if it is deleted meanwhile.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    /// Its path below the directory, which is its key.
    pub(super) path: String,
    pub(super) bytes: u64,
    identity: (u64, u64),
}

/// Opens the files of a group, in the order in which they are sent. `None` if it was deleted meanwhile.
///
/// The cover is opened first and looked for again last: if it is still there, nobody had begun to delete the
/// group, and what is open is all of it.
pub(super) fn open(
    root: &OwnedFd,
    below: &str,
    files: &[Waiting],
) -> io::Result<Option<Vec<Source>>> {
    let mut sources = Vec::new();
    for file in files.iter().rev() {
        match Source::open(root, format!("{}/{below}", file.table.name())) {
            Ok(source) => sources.push(source),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let Some(cover) = sources.first() else { return Ok(None) };
    if !cover.is_there(root)? {
        return Ok(None);
    }
    sources.reverse();
    Ok(Some(sources))
}

impl Source {
    fn open(root: &OwnedFd, path: String) -> io::Result<Source> {
        let file = open_below(root, &path, OFlags::empty())?;
        let status = fstat(&file)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{path}: not a regular file"),
            ));
        }
        let bytes = u64::try_from(status.st_size).unwrap_or(0);
        Ok(Source { file: file.into(), path, bytes, identity: (status.st_dev, status.st_ino) })
    }

    /// Some bytes of it. It is an error if it has fewer.
    pub(super) fn read(&self, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, from)?;
        Ok(bytes)
    }

    /// Whether this very file still has its name.
    fn is_there(&self, root: &OwnedFd) -> io::Result<bool> {
        match statat(root, &self.path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(status) => Ok((status.st_dev, status.st_ino) == self.identity),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes it, unless somebody else has.
    pub(super) fn delete(&self, root: &OwnedFd) -> io::Result<()> {
        if !self.is_there(root)? {
            return Ok(());
        }
        let (parent, name) = self.path.rsplit_once('/').unwrap_or((".", &self.path));
        let deleted = open_below(root, parent, OFlags::DIRECTORY)
            .and_then(|parent| unlinkat(&parent, name, AtFlags::empty()));
        match deleted {
            Err(Errno::NOENT) => Ok(()),
            deleted => Ok(deleted?),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use procnet_arrow::Table;

    use super::{super::queue::open_root, *};

    const BELOW: &str = "date=2026-11-30/hour=21/web-7-20261130T211500Z-000000.parquet";

    /// A directory with a group.
    fn directory() -> (tempfile::TempDir, OwnedFd, Vec<Waiting>) {
        let dir = tempfile::tempdir().unwrap();
        let waiting = |table: Table| {
            let path = dir.path().join(table.name()).join(BELOW);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, table.name()).unwrap();
            Waiting { table, bytes: 0, written: 0 }
        };
        let files = [Table::Sockets, Table::Snapshots].map(waiting).to_vec();
        let root = open_root(dir.path()).unwrap();
        (dir, root, files)
    }

    #[test]
    fn what_is_open_can_be_read_after_a_store_has_deleted_it() {
        let (dir, root, files) = directory();
        let sources = open(&root, BELOW, &files).unwrap().unwrap();
        for table in ["snapshots", "sockets"] {
            fs::remove_file(dir.path().join(table).join(BELOW)).unwrap();
        }
        let read = sources.iter().map(|source| source.read(0, source.bytes as usize).unwrap());
        assert_eq!(read.collect::<Vec<_>>(), [&b"sockets"[..], b"snapshots"]);
        // Another file of that name is not the one that was sent.
        fs::write(dir.path().join("sockets").join(BELOW), "new").unwrap();
        sources.iter().for_each(|source| source.delete(&root).unwrap());
        assert!(dir.path().join("sockets").join(BELOW).exists());
        assert!(sources[0].read(0, 100).is_err());
    }

    #[test]
    fn a_group_that_is_being_deleted_is_left() {
        let (dir, root, files) = directory();
        fs::remove_file(dir.path().join("snapshots").join(BELOW)).unwrap();
        assert!(open(&root, BELOW, &files).unwrap().is_none());
        let (dir, root, files) = directory();
        fs::remove_file(dir.path().join("sockets").join(BELOW)).unwrap();
        assert!(open(&root, BELOW, &files).unwrap().is_none());
    }

    #[test]
    fn a_link_in_place_of_a_file_is_an_error() {
        let (dir, root, files) = directory();
        let path = dir.path().join("sockets").join(BELOW);
        fs::rename(&path, dir.path().join("secret")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret"), path).unwrap();
        assert!(open(&root, BELOW, &files).is_err());
    }
}
