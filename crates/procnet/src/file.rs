//! Files under a root: opened so that nothing but a regular file is read, and read into
//! buffers that are reused.

use std::{
    io::Write as _,
    ops::ControlFlow,
    os::fd::{AsFd, OwnedFd},
};

use procnet_core::{Error as DecodeError, Step, Window, table::Table};
use rustix::{
    fs::{self, FileType, Mode, OFlags},
    io::{Errno, Result, read, retry_on_intr},
};
use smallvec::SmallVec;

/// A relative path, on the stack.
pub(crate) type RelativePath = SmallVec<[u8; 48]>;

/// Formats a relative path.
pub(crate) fn path(parts: std::fmt::Arguments<'_>) -> RelativePath {
    let mut path = RelativePath::new();
    // Writing into memory does not fail.
    let _ = path.write_fmt(parts);
    path
}

/// The most that a file of counters, or of one process, may hold. Those of the kernel hold
/// some kilobytes; under a foreign root anything may stand in their place.
const SMALL: usize = 4 << 20;

/// What [`open`] answers for anything but a regular file.
pub(crate) const NOT_A_FILE: Errno = Errno::MEDIUMTYPE;

/// Opens a file for reading. What is not a regular file is refused, without waiting for
/// the other end of a FIFO.
pub(crate) fn open(dir: impl AsFd, path: &[u8]) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = retry_on_intr(|| fs::openat(dir.as_fd(), path, flags, Mode::empty()))?;
    let kind = FileType::from_raw_mode(fs::fstat(&file)?.st_mode);
    if kind == FileType::RegularFile { Ok(file) } else { Err(NOT_A_FILE) }
}

/// Opens a directory to be listed.
pub(crate) fn open_dir(dir: impl AsFd, path: &[u8]) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(dir.as_fd(), path, flags, Mode::empty()))
}

/// Reads a small file whole, into a buffer that is reused.
pub(crate) fn read_small<'b>(
    dir: impl AsFd,
    path: &[u8],
    buffer: &'b mut Vec<u8>,
) -> Result<&'b [u8]> {
    read_whole(&open(dir, path)?, buffer)
}

/// Reads a small file that is open, into a buffer that is reused.
pub(crate) fn read_whole<'b>(file: &OwnedFd, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
    buffer.clear();
    loop {
        if buffer.len() >= SMALL {
            return Err(Errno::FBIG);
        }
        buffer.reserve(8192);
        let count = retry_on_intr(|| read(file, rustix::buffer::spare_capacity(buffer)))?;
        if count == 0 {
            return Ok(buffer);
        }
    }
}

/// How the end of a table is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By a read that gives nothing.
    EmptyRead,
    /// By the first read that leaves room for another record in the kernel's page.
    ///
    /// A read of a table gives whole records until the kernel's buffer, of a page, has no
    /// room for the next (fs/seq_file.c `seq_read_iter`), so a read that leaves room is the
    /// last. The one after it would give nothing, but for tcp and udp the kernel walks
    /// their whole hash once more to find that out (`tcp_seek_last_pos`).
    ShortRead,
}

/// More than the longest record of a table that ends by a short read: a tcp6 row has 178.
const LONGEST_RECORD: usize = 256;

/// A table while it is read.
#[derive(Debug)]
pub(crate) struct TableFile {
    file: OwnedFd,
    ending: Ending,
    ended: bool,
}

impl TableFile {
    pub(crate) fn new(file: OwnedFd, ending: Ending) -> TableFile {
        TableFile { file, ending, ended: false }
    }

    /// Reads what comes next into `space`, of two pages at least so that every read takes
    /// all that the kernel gives. 0 at the end.
    pub(crate) fn read(&mut self, space: &mut [u8]) -> Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let page = rustix::param::page_size();
        let whole = space.len() >= 2 * page;
        let count = retry_on_intr(|| read(&self.file, &mut *space))?;
        let short = self.ending == Ending::ShortRead && whole && count + LONGEST_RECORD < page;
        self.ended = count == 0 || short;
        Ok(count)
    }
}

/// So much without a newline is no table: whatever stands in its place may have no end.
const MOST_WITHOUT_LINE: usize = 16 << 20;

/// Hands each row of a table, or why it is none, to `each` with its line's number. `read`
/// gives the table's next bytes, none at its end.
pub(crate) fn for_each_row<T: Table>(
    buffer: &mut [u8],
    table: &T,
    mut read: impl FnMut(&mut [u8]) -> Result<usize>,
    mut each: impl FnMut(usize, std::result::Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut window = Window::new(buffer);
    let mut number = 0;
    let mut without_line = 0;
    loop {
        match window.step() {
            Step::Lines(lines) => {
                without_line = 0;
                for line in lines {
                    number += 1;
                    if let Some(row) = table.row(line, number)
                        && each(number, row).is_break()
                    {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            Step::TooLong(start) => {
                number += 1;
                if each(number, Err(DecodeError::too_long(start.len()))).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Step::End => return Ok(ControlFlow::Continue(())),
            Step::More => match read(window.space())? {
                0 => window.finish(),
                _ if without_line > MOST_WITHOUT_LINE => return Err(Errno::FBIG),
                count => {
                    without_line += count;
                    window.fill(count);
                }
            },
        }
    }
}
