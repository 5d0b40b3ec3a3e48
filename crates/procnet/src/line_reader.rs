//! The lines of a file, read in blocks through a reused buffer.

use procnet_core::{Step, Window};
use rustix::io::{Errno, Result};

/// A file with this many bytes and no newline is not a table, and may have no end.
const MAX_WITHOUT_LINE: usize = 16 << 20;

/// Reads lines through `R`, which returns the next bytes, and none at the end.
#[derive(Debug)]
pub(crate) struct LineReader<'b, R> {
    window: Window<'b>,
    read: R,
    without_line: usize,
}

impl<'b, R: FnMut(&mut [u8]) -> Result<usize>> LineReader<'b, R> {
    /// Lines longer than the buffer are reported as such.
    pub(crate) fn new(buffer: &'b mut [u8], read: R) -> LineReader<'b, R> {
        LineReader { window: Window::new(buffer), read, without_line: 0 }
    }

    /// The next lines, or the start of a line that is too long; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Step<'_>>> {
        while self.window.needs_input() {
            match (self.read)(self.window.space())? {
                0 => self.window.finish(),
                _ if self.without_line > MAX_WITHOUT_LINE => return Err(Errno::FBIG),
                count => {
                    self.without_line += count;
                    self.window.fill(count);
                }
            }
        }
        Ok(match self.window.step() {
            Step::Lines(lines) => {
                self.without_line = 0;
                Some(Step::Lines(lines))
            }
            Step::Cut(line) => Some(Step::Cut(line)),
            Step::TooLong(start) => Some(Step::TooLong(start)),
            Step::End | Step::More => None,
        })
    }
}
