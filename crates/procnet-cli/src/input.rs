//! A captured file, as lines: a stream, so that memory is bounded however long it is.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    os::unix::ffi::OsStrExt as _,
    path::PathBuf,
};

use procnet::core::{Error as DecodeError, Step, Window};

use crate::error::Error;

/// More than the longest line of any table; a longer one is no row.
const LONGEST_LINE: usize = 64 << 10;

pub(crate) struct Input {
    file: PathBuf,
    source: Box<dyn Read>,
}

/// What an input gives.
pub(crate) enum Piece<'a> {
    /// A line, or why there is none, and its number, counted from 1.
    Line(usize, Result<&'a [u8], DecodeError>),
    /// There may be a while to wait before the next line.
    Pause,
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub(crate) fn open(file: PathBuf) -> Result<Input, Error> {
        let source: Box<dyn Read> = if file == OsStr::new("-") {
            Box::new(io::stdin())
        } else {
            match File::open(&file) {
                Ok(open) => Box::new(open),
                Err(cause) => return Err(Error::Input { file, cause }),
            }
        };
        Ok(Input { file, source })
    }

    /// Its name, as given.
    pub(crate) fn name(&self) -> &[u8] {
        self.file.as_os_str().as_bytes()
    }

    /// Hands over every line.
    ///
    /// Returns why reading ended early, if it did after something was read.
    pub(crate) fn for_each(
        &mut self,
        mut each: impl FnMut(Piece<'_>) -> Result<(), Error>,
    ) -> Result<Option<io::Error>, Error> {
        let mut buffer = vec![0; LONGEST_LINE];
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
