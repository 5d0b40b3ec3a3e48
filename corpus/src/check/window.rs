//! Windows and lines: the lines do not depend on how the input arrives.

use procnet_core::{Error, Lines, Step, Window, escape::Escaped, table::Table};

use crate::naive::{
    lines::{self, Seen},
    text,
};

/// Reads `bytes` through a window over `size` bytes. Each read returns at most as many bytes as
/// the next of `pieces`, which are repeated.
pub fn read(
    bytes: &[u8],
    size: usize,
    pieces: &[usize],
    mut see: impl FnMut(Result<&[u8], &[u8]>),
) {
    let mut buffer = vec![0; size];
    let mut window = Window::new(&mut buffer);
    let mut rest = bytes;
    // Empty reads are allowed, but not only empty ones.
    let stuck = pieces.iter().all(|piece| *piece == 0);
    let mut pieces = pieces.iter().copied().cycle();
    loop {
        match window.step() {
            Step::Lines(lines) => {
                let mut count = 0;
                for line in lines {
                    see(Ok(line));
                    count += 1;
                }
                assert!(count > 0, "`Step::Lines` without a line");
            }
            Step::Cut(line) => {
                assert!(!bytes.ends_with(b"\n"), "`Step::Cut` of a whole line");
                see(Ok(line));
            }
            Step::TooLong(start) => see(Err(start)),
            Step::End => break,
            // An empty read means that the input has ended.
            Step::More if rest.is_empty() || size == 0 => window.finish(),
            Step::More => {
                let piece = if stuck { 1 } else { pieces.next().unwrap_or(1) };
                let space = window.space();
                assert!(!space.is_empty(), "more is needed, but there is no space");
                let count = piece.min(space.len()).min(rest.len());
                let (now, later) = rest.split_at(count);
                space[..count].copy_from_slice(now);
                rest = later;
                window.fill(count);
            }
        }
    }
}

/// A window over `size` bytes, filled in these pieces, shows what the naive one shows.
pub fn pieces(bytes: &[u8], size: usize, pieces: &[usize]) {
    let mut seen = Vec::new();
    read(bytes, size, pieces, |shown| {
        seen.push(match shown {
            Ok(line) => Seen::Line(line.to_vec()),
            Err(start) => Seen::TooLong(start.to_vec()),
        });
    });
    let naive = lines::window(bytes, size);
    assert!(
        seen == naive,
        "window of {size} bytes, pieces {pieces:?}: {seen:?}, naive {naive:?}, in {}",
        Escaped(bytes)
    );
}

/// At how many positions a long input is split, and with how many buffer sizes it is read. Each
/// takes a whole pass, and an interpreter is thousands of times slower.
const PASSES: (usize, usize) = if cfg!(miri) { (2, 1) } else { (400, 8) };

/// Every split point and every buffer size, as far as time allows: all of both for a short
/// input; for a longer one all split points with the smallest buffer that holds every line, and
/// the buffer sizes around each line's length.
pub fn every(bytes: &[u8]) {
    whole(bytes);
    let lines = text::lines(bytes);
    let longest = lines.iter().map(Vec::len).max().unwrap_or(0);
    let sizes: Vec<usize> = if bytes.len() <= 24 {
        (0..=bytes.len() + 2).collect()
    } else {
        let mut sizes: Vec<usize> = lines.iter().map(Vec::len).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let step = sizes.len().div_ceil(PASSES.1).max(1);
        sizes.iter().step_by(step).flat_map(|size| [*size, size + 1, size + 2]).collect()
    };
    for size in sizes {
        pieces(bytes, size, &[1]);
        pieces(bytes, size, &[bytes.len()]);
        if bytes.len() <= 24 {
            splits(bytes, size, 1);
        }
    }
    splits(bytes, longest + 1, (bytes.len() / PASSES.0).max(1));
}

/// The input in two pieces, split at every `step`th position.
fn splits(bytes: &[u8], size: usize, step: usize) {
    for at in (0..=bytes.len()).step_by(step) {
        pieces(bytes, size, &[at, bytes.len()]);
    }
}

/// The lines of a whole slice.
pub fn whole(bytes: &[u8]) {
    let naive = text::lines(bytes);
    let mut lines = Lines::new(bytes);
    for (at, line) in naive.iter().enumerate() {
        assert_eq!(lines.next(), Some(line.as_slice()), "line {at} of {}", Escaped(bytes));
    }
    assert!(lines.rest().is_empty());
    assert_eq!(lines.next(), None);
    assert_eq!(lines.next(), None);
}

/// A table read in pieces has the same rows and line numbers as in one piece.
///
/// `show` returns the form of a row that is compared.
pub fn table<T, S>(table: T, bytes: &[u8], show: impl for<'a> Fn(Result<T::Row<'a>, Error>) -> S)
where
    T: Table + Copy,
    S: PartialEq + std::fmt::Debug,
{
    let mut expected = Vec::new();
    let mut rows = table.rows(bytes);
    while let Some(row) = rows.next() {
        expected.push((rows.line(), show(row)));
    }
    let longest = Lines::new(bytes).map(<[u8]>::len).max().unwrap_or(0);
    // A byte at a time; a page at a time; lengths without a common factor with that of a row.
    let small: &[&[usize]] = &[&[1], &[4096], &[bytes.len() / 2, 7, 149, 31]];
    let large: &[&[usize]] = &[&[4096]];
    for pieces in if bytes.len() < 1 << 16 { small } else { large } {
        let mut found = Vec::new();
        let mut number = 0;
        read(bytes, longest + 1, pieces, |line| {
            let line = line.expect("a line longer than the longest");
            number += 1;
            if let Some(row) = table.row(line, number) {
                found.push((number, show(row)));
            }
        });
        assert!(
            found == expected,
            "in pieces {pieces:?}: {found:?}, whole: {expected:?}, of {}",
            Escaped(bytes)
        );
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn properties_hold_for_short_inputs() {
        for bytes in [&b""[..], b"\n", b"a", b"a\n", b"\n\n", b"ab\ncdef\n\nlast", b"\0\n\r\n\xFF"]
        {
            super::every(bytes);
        }
    }

    /// All inputs of up to seven bytes over two letters, one of them the newline.
    #[test]
    fn properties_hold_for_all_tiny_inputs() {
        for length in 0..=7 {
            for bits in 0..1_u32 << length {
                let at = |place: u32| if bits >> place & 1 == 1 { b'\n' } else { b'x' };
                super::every(&(0..length).map(at).collect::<Vec<u8>>());
            }
        }
    }
}
