//! JSON: one array, written as a stream, or one object per line.

use std::{
    fs::File,
    io::{self, Write as _},
};

use super::{BUFFER, Row, Sink};

pub(super) struct Json {
    out: File,
    /// Objects that are not written yet; each is serialized in place.
    buffer: Vec<u8>,
    punctuation: &'static Punctuation,
    empty: bool,
}

/// What surrounds objects.
struct Punctuation {
    before_first: &'static [u8],
    before_others: &'static [u8],
    after_each: &'static [u8],
    after_last: &'static [u8],
    /// Replaces all of it if there is no object.
    none: &'static [u8],
}

const ARRAY: Punctuation = Punctuation {
    before_first: b"[\n",
    before_others: b",\n",
    after_each: b"",
    after_last: b"\n]\n",
    none: b"[]\n",
};

const LINES: Punctuation = Punctuation {
    before_first: b"",
    before_others: b"",
    after_each: b"\n",
    after_last: b"",
    none: b"",
};

impl Json {
    pub(super) fn array(out: File) -> Json {
        Json::new(out, &ARRAY)
    }

    pub(super) fn lines(out: File) -> Json {
        Json::new(out, &LINES)
    }

    fn new(out: File, punctuation: &'static Punctuation) -> Json {
        // Room for the object that exceeds the limit.
        let buffer = Vec::with_capacity(BUFFER + BUFFER / 4);
        Json { out, buffer, punctuation, empty: true }
    }
}

impl Sink for Json {
    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        let first = std::mem::replace(&mut self.empty, false);
        let Punctuation { before_first, before_others, after_each, .. } = self.punctuation;
        self.buffer.extend_from_slice(if first { before_first } else { before_others });
        row.object(&mut self.buffer)?;
        self.buffer.extend_from_slice(after_each);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.buffer);
        self.buffer.clear();
        written
    }

    fn end(&mut self) -> io::Result<()> {
        let Punctuation { after_last, none, .. } = self.punctuation;
        self.buffer.extend_from_slice(if self.empty { none } else { after_last });
        Ok(())
    }
}
