//! Lines of an input that arrives in chunks, over a buffer that the caller owns.
//!
//! The caller reads into [`Window::space`], reports the number of bytes with [`Window::fill`],
//! and takes whole lines with [`Window::step`]. The input may be anything: a line that does not
//! fit the buffer is reported once and skipped, and the lines after it are found. The caller
//! signals the end of input with [`Window::finish`]; only then is a last line without `\n`
//! returned, apart from the others: the kernel ends every line, so this one may be cut, and a cut
//! number is another number.

use crate::Lines;

/// A buffer that exposes only whole lines.
///
/// ```
/// use procnet_core::{Step, Window};
///
/// let mut buffer = [0; 16];
/// let mut window = Window::new(&mut buffer);
/// let mut input = [&b"first\nsec"[..], b"ond\nlast"].into_iter();
/// let mut seen = Vec::new();
/// loop {
///     match window.step() {
///         Step::Lines(lines) => seen.extend(lines.map(<[u8]>::to_vec)),
///         Step::Cut(line) => seen.push(line.to_vec()),
///         Step::TooLong(start) => panic!("a line longer than the buffer: {start:?}"),
///         Step::End => break,
///         Step::More => match input.next() {
///             Some(piece) => {
///                 window.space()[..piece.len()].copy_from_slice(piece);
///                 window.fill(piece.len());
///             }
///             None => window.finish(),
///         },
///     }
/// }
/// assert_eq!(seen, [&b"first"[..], b"second", b"last"]);
/// ```
///
/// The lines borrow the window, so they cannot outlive the next call to `fill`:
///
/// ```compile_fail
/// # use procnet_core::{Step, Window};
/// # let mut buffer = [0; 16];
/// let mut window = Window::new(&mut buffer);
/// let Step::Lines(lines) = window.step() else { return };
/// window.fill(1);
/// let _kept = lines;
/// ```
#[derive(Debug)]
pub struct Window<'b> {
    buffer: &'b mut [u8],
    /// The start of the lines that were not returned yet; `start <= whole`.
    start: usize,
    /// One past the last `\n` that was read; `whole <= end`.
    whole: usize,
    /// One past the last byte that was read; `end <= buffer.len()`.
    end: usize,
    /// Whether the bytes up to the next `\n` belong to a line that was reported as too long.
    skipping: bool,
    /// Whether the input has ended.
    finished: bool,
}

/// What [`Window::step`] found.
#[derive(Debug)]
pub enum Step<'w> {
    /// All whole lines in the buffer, at least one.
    Lines(Lines<'w>),
    /// The last line, if the input ended without a `\n`: whatever comes last in it may be cut.
    Cut(&'w [u8]),
    /// More input is needed: read into [`Window::space`], or call [`Window::finish`].
    More,
    /// The start of a line that is longer than the buffer; the rest of the line is skipped.
    TooLong(&'w [u8]),
    /// The input has ended and all its lines were returned.
    End,
}

impl<'b> Window<'b> {
    /// A window over `buffer`, whose size limits the length of a line; its content is ignored.
    ///
    /// With an empty buffer no line is ever returned.
    #[must_use]
    pub fn new(buffer: &'b mut [u8]) -> Window<'b> {
        Window { buffer, start: 0, whole: 0, end: 0, skipping: false, finished: false }
    }

    /// The space for the next bytes of input. Never empty after [`Step::More`], unless the
    /// buffer itself is.
    ///
    /// Lines that were not returned yet are kept.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            let read = self.buffer.get_mut(..self.end).unwrap_or_default();
            // `start <= end` already holds; the `min` removes a check that could panic.
            let start = self.start.min(read.len());
            read.copy_within(start.., 0);
            self.whole -= self.start;
            self.end -= self.start;
            self.start = 0;
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// Appends the first `count` bytes of [`space`](Window::space) to the input.
    ///
    /// A `count` larger than the space is clamped to it.
    pub fn fill(&mut self, count: usize) {
        let from = self.end;
        self.end = from.saturating_add(count).min(self.buffer.len());
        let read = self.buffer.get(from..self.end).unwrap_or_default();
        if self.skipping {
            // Nothing of a skipped line is kept, so `start == whole == from`.
            let Some(newline) = memchr::memchr(b'\n', read) else {
                self.end = from;
                return;
            };
            self.skipping = false;
            self.start = from + newline + 1;
            self.whole = self.start;
        }
        if let Some(newline) = memchr::memrchr(b'\n', read) {
            self.whole = from + newline + 1;
        }
    }

    /// Marks the end of the input.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether [`step`](Window::step) would ask for more input: [`Step::More`].
    #[must_use]
    pub fn needs_input(&self) -> bool {
        let partial = self.end.saturating_sub(self.whole);
        let is_full = partial > 0 && partial == self.buffer.len();
        self.start >= self.whole && !self.finished && !is_full
    }

    /// Returns all whole lines in the buffer, or why there are none.
    pub fn step(&mut self) -> Step<'_> {
        let partial = self.whole..self.end;
        if self.start < self.whole {
            let block = self.start..self.whole;
            self.start = self.whole;
            return Step::Lines(self.lines(block));
        }
        if self.finished {
            if partial.is_empty() {
                return Step::End;
            }
            (self.start, self.whole) = (self.end, self.end);
            return Step::Cut(self.buffer.get(partial).unwrap_or_default());
        }
        if !partial.is_empty() && partial.len() == self.buffer.len() {
            self.skipping = true;
            (self.start, self.whole, self.end) = (0, 0, 0);
            return Step::TooLong(self.buffer);
        }
        Step::More
    }

    fn lines(&self, block: core::ops::Range<usize>) -> Lines<'_> {
        Lines::new(self.buffer.get(block).unwrap_or_default())
    }
}
