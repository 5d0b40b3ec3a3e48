//! The lines of a captured file, as a stream, so that memory is bounded.

mod gzip;

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    os::unix::ffi::OsStrExt as _,
    path::PathBuf,
};

use procnet::decode::{Error as DecodeError, Step, Window};

use crate::error::Error;

/// More than the longest line of any table; longer ones are malformed.
const MAX_LINE: usize = 64 << 10;

pub(crate) struct Input {
    file: PathBuf,
    source: Box<dyn Read>,
    is_compressed: bool,
}

/// A part of an input.
pub(crate) enum Piece<'a> {
    /// The number of a line, from 1, and the line or why it is unusable.
    Line(usize, Result<&'a [u8], DecodeError>),
    /// The last line, if it does not end in a newline: it may be cut.
    Cut(usize, &'a [u8]),
    /// The next line may take a while.
    Pause,
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub(crate) fn open(file: PathBuf) -> Result<Input, Error> {
        let source: io::Result<Box<dyn Read>> = if file == OsStr::new("-") {
            Ok(Box::new(io::stdin()))
        } else {
            File::open(&file).map(|open| Box::new(open) as Box<dyn Read>)
        };
        match source.and_then(gzip::decompressed) {
            Ok((source, is_compressed)) => Ok(Input { file, source, is_compressed }),
            Err(cause) => Err(Error::Input { file, cause }),
        }
    }

    /// Whether it is compressed with gzip.
    pub(crate) fn is_compressed(&self) -> bool {
        self.is_compressed
    }

    /// Its name, as given.
    pub(crate) fn name(&self) -> &[u8] {
        self.file.as_os_str().as_bytes()
    }

    /// Fills a buffer from the input, as far as that has bytes; returns how many it had.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.source.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Calls `each` with every line.
    ///
    /// Returns why reading ended early, if it did so after the first line.
    pub(crate) fn for_each(
        &mut self,
        mut each: impl FnMut(Piece<'_>) -> Result<(), Error>,
    ) -> Result<Option<io::Error>, Error> {
        let mut buffer = vec![0; MAX_LINE];
        let mut window = Window::new(&mut buffer);
        let mut number = 0;
        loop {
            match window.step() {
                Step::Lines(lines) => {
                    for line in lines {
                        number += 1;
                        each(Piece::Line(number, Ok(line)))?;
                    }
                }
                Step::Cut(line) => {
                    number += 1;
                    each(Piece::Cut(number, line))?;
                }
                Step::TooLong(start) => {
                    number += 1;
                    each(Piece::Line(number, Err(DecodeError::too_long(start.len()))))?;
                }
                Step::More => {
                    each(Piece::Pause)?;
                    match self.source.read(window.space()) {
                        Ok(0) => window.finish(),
                        Ok(count) => window.fill(count),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) if number > 0 => return Ok(Some(error)),
                        Err(cause) => {
                            return Err(Error::Input { file: self.file.clone(), cause });
                        }
                    }
                }
                Step::End => return Ok(None),
            }
        }
    }
}
