//! Files below a root. Only regular files are opened, and buffers are reused.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    ops::ControlFlow,
    os::fd::{AsFd, OwnedFd},
};

use procnet_core::{Error as DecodeError, Lines, Step, Window, capture::Repair, table::Table};
use rustix::{
    fs::{self, FileType, Mode, OFlags},
    io::{Errno, Result, read, retry_on_intr},
};
use smallvec::SmallVec;

use crate::capture::Opened;

/// A relative path, on the stack.
pub(crate) type RelativePath = SmallVec<[u8; 48]>;

/// Formats a relative path.
pub(crate) fn path(parts: std::fmt::Arguments<'_>) -> RelativePath {
    let mut path = RelativePath::new();
    // Writing into memory does not fail.
    let _ = path.write_fmt(parts);
    path
}

/// The largest file of counters, or of one process, that is read. The kernel's have some kilobytes;
/// below another root they may have any size.
const SMALL: usize = 4 << 20;

/// The error of [`open`] for anything but a regular file.
pub(crate) const NOT_A_FILE: Errno = Errno::MEDIUMTYPE;

/// Opens a regular file for reading, and nothing else; a FIFO does not block.
pub(crate) fn open(dir: impl AsFd, path: &[u8]) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = retry_on_intr(|| fs::openat(dir.as_fd(), path, flags, Mode::empty()))?;
    let kind = FileType::from_raw_mode(fs::fstat(&file)?.st_mode);
    if kind == FileType::RegularFile { Ok(file) } else { Err(NOT_A_FILE) }
}

/// Opens a directory for listing.
pub(crate) fn open_dir(dir: impl AsFd, path: &[u8]) -> Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    retry_on_intr(|| fs::openat(dir.as_fd(), path, flags, Mode::empty()))
}

/// Reads a whole small file into a reused buffer.
pub(crate) fn read_small<'b>(
    dir: impl AsFd,
    path: &[u8],
    buffer: &'b mut Vec<u8>,
) -> Result<&'b [u8]> {
    read_whole(&open(dir, path)?, buffer)
}

/// Reads the whole of an open small file into a reused buffer.
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

/// Reads the start of a file into an array, and returns the length read.
pub(crate) fn read_into(dir: impl AsFd, path: &[u8], space: &mut [u8]) -> Result<usize> {
    let file = open(dir, path)?;
    retry_on_intr(|| read(&file, &mut *space))
}

/// Reads at most the first `most` bytes of a file.
pub(crate) fn read_start(dir: impl AsFd, path: &[u8], most: u64) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    let read = File::from(open(dir, path)?).take(most).read_to_end(&mut start);
    match read {
        Ok(_) => Ok(start),
        Err(error) => Err(Errno::from_io_error(&error).unwrap_or(Errno::IO)),
    }
}

/// How the end of a table is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By a read that returns nothing.
    EmptyRead,
    /// By the first read that leaves room for another record in the kernel's page.
    ///
    /// A read of a table returns whole records until the kernel's buffer, one page, has no room
    /// for the next (fs/seq_file.c `seq_read_iter`), so a read that leaves room is the last. The
    /// next would return nothing, but for tcp and udp the kernel walks the whole hash table again
    /// to find that out (`tcp_seek_last_pos`).
    ShortRead,
}

/// More bytes than the longest record of a table that ends with a short read: a tcp6 row has 178.
const LONGEST_RECORD: usize = 256;

/// A table being read.
#[derive(Debug)]
pub(crate) struct TableFile {
    file: OwnedFd,
    /// Whether the file was compressed.
    pub(crate) compressed: bool,
    ending: Ending,
    ended: bool,
}

impl TableFile {
    pub(crate) fn new(opened: Opened, ending: Ending) -> TableFile {
        let Opened { file, compressed } = opened;
        TableFile { file, compressed, ending, ended: false }
    }

    /// Reads the next bytes into `space`, and returns 0 at the end. `space` has at least two pages,
    /// so that a read returns everything the kernel provides at once.
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

/// A file with this many bytes and no newline is not a table, and may have no end.
const MAX_WITHOUT_LINE: usize = 16 << 20;

/// Passes each row of a table, decoded or as the error, to `each` with its line number. `read`
/// returns the next bytes of the table, and 0 at its end; a text that is not the kernel's is
/// repaired.
pub(crate) fn for_each_row<T: Table>(
    buffer: &mut [u8],
    table: &T,
    repair: &mut Option<Repair>,
    mut read: impl FnMut(&mut [u8]) -> Result<usize>,
    mut each: impl FnMut(usize, std::result::Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>> {
    let mut window = Window::new(buffer);
    let mut number = 0;
    let mut without_line = 0;
    loop {
        let (lines, is_cut) = match window.step() {
            Step::Lines(lines) => (lines, false),
            Step::Cut(line) => (Lines::new(line), true),
            Step::TooLong(start) => {
                number += 1;
                if each(number, Err(DecodeError::too_long(start.len()))).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            }
            Step::End => return Ok(ControlFlow::Continue(())),
            Step::More => {
                match read(window.space())? {
                    0 => window.finish(),
                    _ if without_line > MAX_WITHOUT_LINE => return Err(Errno::FBIG),
                    count => {
                        without_line += count;
                        window.fill(count);
                    }
                }
                continue;
            }
        };
        without_line = 0;
        for line in lines {
            number += 1;
            let (line, removed) = match repair {
                Some(repair) => (repair.line(line), repair.removed()),
                None => (Some(line), 0),
            };
            let Some(row) = line.and_then(|line| table.row(line, number)) else { continue };
            if each(number, row.map_err(|error| error.behind(removed))).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if let Some(repair) = repair.as_mut().filter(|_| is_cut) {
            repair.cut();
        }
    }
}
