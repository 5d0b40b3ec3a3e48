//! What a window over a buffer shows of an input.

use super::text;

/// One item that a window shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A line, without its `\n`.
    Line(Vec<u8>),
    /// The start of a line that does not fit into the buffer.
    TooLong(Vec<u8>),
}

/// What a window over `size` bytes shows of `bytes`.
///
/// A line fits if the buffer has space for it and its `\n`; otherwise its first `size` bytes are
/// shown. An empty buffer can read nothing, so nothing is shown.
#[must_use]
pub fn window(bytes: &[u8], size: usize) -> Vec<Seen> {
    if size == 0 {
        return Vec::new();
    }
    let seen = |line: Vec<u8>| match line.get(..size) {
        Some(start) => Seen::TooLong(start.to_vec()),
        None => Seen::Line(line),
    };
    text::lines(bytes).into_iter().map(seen).collect()
}
