//! Lines of an input that arrives in pieces, over a buffer that the caller owns.
//!
//! The caller reads into [`Window::space`], says how much with [`Window::fill`], and takes
//! whole lines with [`Window::step`]. The bytes may be anything: a line that does not fit
//! the buffer is an outcome of its own, reported once and skipped, and the lines after it
//! are found again. That the input has ended is the caller's word, [`Window::finish`]:
//! only then is a last line without `\n` a line.

use crate::Lines;

/// A buffer that shows only whole lines.
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
/// The lines borrow the window, so they are gone before it is filled again:
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
    /// Where the lines that were not handed out yet begin; `start <= whole`.
    start: usize,
    /// One past the last `\n` that was read; `whole <= end`.
    whole: usize,
    /// One past the last byte that was read; `end <= buffer.len()`.
    end: usize,
    /// The bytes up to the next `\n` belong to a line that was reported as too long.
    skipping: bool,
    /// The caller's word that nothing follows.
    finished: bool,
}

/// What [`Window::step`] found.
#[derive(Debug)]
pub enum Step<'w> {
    /// All the whole lines that are there: at least one.
    Lines(Lines<'w>),
    /// More input is needed: read into [`Window::space`], or call [`Window::finish`].
    More,
    /// The start of a line that is longer than the buffer. The rest of it is skipped.
    TooLong(&'w [u8]),
    /// The input has ended and every line of it was handed out.
    End,
}

impl<'b> Window<'b> {
    /// A window over `buffer`, which bounds the longest line; what it holds is ignored.
    ///
    /// A buffer without a single byte shows no line at all.
    #[must_use]
    pub fn new(buffer: &'b mut [u8]) -> Window<'b> {
        Window { buffer, start: 0, whole: 0, end: 0, skipping: false, finished: false }
    }

    /// Where the next bytes of the input go. Never empty after [`Step::More`], unless the
    /// buffer itself is.
    ///
    /// Lines that were not handed out yet are kept.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            let read = self.buffer.get_mut(..self.end).unwrap_or_default();
            // It is the less already. Said again, no check that could panic is compiled in.
            let start = self.start.min(read.len());
            read.copy_within(start.., 0);
            self.whole -= self.start;
            self.end -= self.start;
            self.start = 0;
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// The first `count` bytes of [`space`](Window::space) are now the input's next bytes.
    ///
    /// A `count` beyond the space is taken as all of it.
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

    /// The caller's word that the input has ended.
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

    /// Hands out every whole line that is there, or says why there is none.
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
            return Step::Lines(self.lines(partial));
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
