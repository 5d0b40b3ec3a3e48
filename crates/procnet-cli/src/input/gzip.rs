//! Input that is compressed with gzip.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// The bytes with which every gzip file begins (RFC 1952).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// How much an input may decompress to, in bytes: more than a million sockets. A small file may
/// decompress to any size.
const MAX: u64 = 256 << 20;

/// An input decompressed, if it is compressed.
pub(super) fn decompressed(mut source: Box<dyn Read>) -> io::Result<(Box<dyn Read>, bool)> {
    let mut start = Vec::new();
    source.by_ref().take(GZIP.len() as u64).read_to_end(&mut start)?;
    let is_compressed = start == GZIP;
    let whole = Cursor::new(start).chain(source);
    if !is_compressed {
        return Ok((Box::new(whole), false));
    }
    let source = MultiGzDecoder::new(BufReader::new(whole));
    Ok((Box::new(Bounded { source, left: MAX }), true))
}

/// A source that fails if it has more than so many bytes.
struct Bounded<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(space)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => {
                let what = format!("it decompresses to more than {} MiB", MAX >> 20);
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_with_too_many_bytes_fails_and_others_do_not() {
        let mut text = String::new();
        let bounded = |left| Bounded { source: &b"12345"[..], left };
        assert_eq!(bounded(5).read_to_string(&mut text).unwrap(), 5);
        let error = bounded(4).read_to_string(&mut text).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
