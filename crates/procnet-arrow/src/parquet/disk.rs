//! Files that are made to last.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::partition::UNFINISHED;
use crate::error::Error;

/// Where a file is until it is whole.
pub(super) fn unfinished(table: &Path, below: &Path) -> PathBuf {
    let name = below.file_name().unwrap_or_default().to_string_lossy();
    table.join(below).with_file_name(format!(".{name}{UNFINISHED}"))
}

/// Creates a file and its directories. The directories are made to last by syncing each one's parent.
pub(super) fn create(path: &Path) -> Result<File, Error> {
    match create_once(path) {
        // Somebody has removed a directory that was empty until now.
        Err(error) if error.as_io().is_some_and(is_gone) => create_once(path),
        created => created,
    }
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn create_once(path: &Path) -> Result<File, Error> {
    let at = |cause: io::Error| Error::io(path, cause);
    let mut missing = Vec::new();
    let mut directory = path.parent();
    while let Some(it) = directory.filter(|it| !it.as_os_str().is_empty() && !it.exists()) {
        missing.push(it);
        directory = it.parent();
    }
    if let Some(innermost) = missing.first() {
        fs::create_dir_all(innermost).map_err(at)?;
    }
    for made in missing {
        made.parent().map_or(Ok(()), sync_directory)?;
    }
    File::create(path).map_err(at)
}

/// Makes the contents of a file last, and returns its size.
pub(super) fn sync(file: &File, path: &Path) -> Result<u64, Error> {
    let size = file.sync_all().and_then(|()| file.metadata());
    size.map(|metadata| metadata.len()).map_err(|cause| Error::io(path, cause))
}

/// Renames a file within its directory, so that the new name lasts.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|cause| Error::io(to, cause))?;
    to.parent().map_or(Ok(()), sync_directory)
}

/// Deletes a file. Returns whether it was there: somebody else may have deleted it.
pub(super) fn remove(path: &Path) -> Result<bool, Error> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(Error::io(path, error)),
    }
}

fn sync_directory(path: &Path) -> Result<(), Error> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|it| it.sync_all()).map_err(|cause| Error::io(path, cause))
}
