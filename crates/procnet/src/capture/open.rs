//! Files of a root: of the kernel, or of a capture, which may be compressed.

use std::os::fd::OwnedFd;

use rustix::io::{Errno, Result};

use crate::{ProcRoot, file};

/// An open file of a root.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: OwnedFd,
    /// Whether it was compressed.
    pub(crate) compressed: bool,
}

impl ProcRoot {
    /// Opens a regular file below the root.
    pub(crate) fn open(&self, path: &[u8]) -> Result<Opened> {
        match file::open(self.dir(), path) {
            Ok(file) if self.is_live() => Ok(Opened { file, compressed: false }),
            Ok(file) => decompressed(file),
            Err(Errno::NOENT) if !self.is_live() => {
                decompressed(file::open(self.dir(), &[path, b".gz"].concat())?)
            }
            Err(errno) => Err(errno),
        }
    }
}

/// A file of a capture, decompressed if it is compressed.
#[cfg(feature = "gzip")]
fn decompressed(file: OwnedFd) -> Result<Opened> {
    let mut start = [0; 2];
    let count = rustix::io::retry_on_intr(|| rustix::io::pread(&file, &mut start, 0))?;
    if count < start.len() || start != GZIP {
        return Ok(Opened { file, compressed: false });
    }
    inflated(file).map(|file| Opened { file, compressed: true })
}

#[cfg(not(feature = "gzip"))]
fn decompressed(file: OwnedFd) -> Result<Opened> {
    Ok(Opened { file, compressed: false })
}

/// The bytes with which every gzip file begins (RFC 1952).
#[cfg(feature = "gzip")]
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The largest table that is decompressed, in bytes: more than a million sockets. A small file may
/// decompress to any size.
#[cfg(feature = "gzip")]
const MAX: u64 = 256 << 20;

/// Decompresses a file into a file in memory, so that it is read like any other.
#[cfg(feature = "gzip")]
fn inflated(compressed: OwnedFd) -> Result<OwnedFd> {
    use std::io::{self, Read as _, Seek as _};

    let memory = rustix::fs::memfd_create("procnet-capture", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut memory = std::fs::File::from(memory);
    let source = io::BufReader::new(std::fs::File::from(compressed));
    let mut source = flate2::read::MultiGzDecoder::new(source).take(MAX + 1);
    // Truncated or damaged.
    let failed = |error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::BADMSG);
    if io::copy(&mut source, &mut memory).map_err(failed)? > MAX {
        return Err(Errno::FBIG);
    }
    memory.rewind().map_err(failed)?;
    Ok(memory.into())
}
