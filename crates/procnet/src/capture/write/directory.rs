//! A new directory that nothing is written outside of.

use std::{
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{self, AtFlags, CWD, Mode, OFlags},
    io::{Errno, Result as SystemResult, read, retry_on_intr, write},
};

use crate::file;

/// A directory that was just created, and is the caller's alone.
///
/// Each path below it consists of names from lists of the kernel, so none leads out of it; and
/// each file and directory is created anew and opened without following links, so that nobody else
/// who could write there can redirect it.
#[derive(Debug)]
pub(super) struct Directory(OwnedFd);

const OWN_DIRECTORY: Mode = Mode::RWXU;
const OWN_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

impl Directory {
    /// Creates it.
    ///
    /// # Errors
    ///
    /// `EEXIST` if there is anything of that name.
    pub(super) fn create(path: &Path) -> SystemResult<Directory> {
        fs::mkdirat(CWD, path, OWN_DIRECTORY)?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = fs::openat(CWD, path, flags, Mode::empty())?;
        // Another user may have replaced it, if they may write where it is.
        let is_own = fs::fstat(&directory)?.st_uid == rustix::process::geteuid().as_raw();
        if is_own { Ok(Directory(directory)) } else { Err(Errno::EXIST) }
    }

    /// Creates a file, and the directories that it is in.
    pub(super) fn file(&self, path: &[u8], bytes: &[u8]) -> SystemResult<()> {
        write_all(&self.new_file(path)?, bytes)
    }

    /// Creates a directory, and those that it is in.
    pub(super) fn directory(&self, path: &[u8]) -> SystemResult<()> {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for end in slashes.map(|(at, _)| at).chain([path.len()]) {
            match fs::mkdirat(&self.0, path.get(..end).unwrap_or_default(), OWN_DIRECTORY) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Creates a link.
    pub(super) fn link(&self, path: &[u8], target: &[u8]) -> SystemResult<()> {
        fs::symlinkat(target, &self.0, path)
    }

    /// Copies a file of the kernel. The inner error is that of reading it: nothing is then left of
    /// the copy.
    pub(super) fn copy(
        &self,
        root: BorrowedFd<'_>,
        from: &[u8],
        to: &[u8],
    ) -> SystemResult<SystemResult<()>> {
        let source = match file::open(root, from) {
            Ok(source) => source,
            Err(errno) => return Ok(Err(errno)),
        };
        let target = self.new_file(to)?;
        // More than the kernel returns at once.
        let mut buffer = vec![0; 64 << 10];
        loop {
            match retry_on_intr(|| read(&source, &mut buffer[..])) {
                Ok(0) => return Ok(Ok(())),
                Ok(count) => write_all(&target, buffer.get(..count).unwrap_or_default())?,
                Err(errno) => {
                    fs::unlinkat(&self.0, to, AtFlags::empty())?;
                    return Ok(Err(errno));
                }
            }
        }
    }

    fn new_file(&self, path: &[u8]) -> SystemResult<OwnedFd> {
        if let Some(name) = path.iter().rposition(|byte| *byte == b'/') {
            self.directory(path.get(..name).unwrap_or_default())?;
        }
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        fs::openat(self.0.as_fd(), path, flags, OWN_FILE)
    }
}

fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> SystemResult<()> {
    while !bytes.is_empty() {
        let count = retry_on_intr(|| write(file, bytes))?;
        bytes = bytes.get(count..).unwrap_or_default();
    }
    Ok(())
}
