//! JSON: one array that is written as a stream, or an object a line.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
};

use super::{BUFFER, Row, Sink};

pub(super) struct Json {
    out: BufWriter<File>,
    line: Vec<u8>,
    punctuation: &'static Punctuation,
    empty: bool,
}

/// What stands around objects.
struct Punctuation {
    before_first: &'static [u8],
    before_others: &'static [u8],
    after_each: &'static [u8],
    after_last: &'static [u8],
    /// Instead of all, where there is no object.
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
        let out = BufWriter::with_capacity(BUFFER, out);
        Json { out, line: Vec::new(), punctuation, empty: true }
    }
}

impl Sink for Json {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        let first = std::mem::replace(&mut self.empty, false);
        let Punctuation { before_first, before_others, after_each, .. } = self.punctuation;
        self.line.clear();
        self.line.extend_from_slice(if first { before_first } else { before_others });
        row.json(&mut self.line)?;
        self.line.extend_from_slice(after_each);
        self.out.write_all(&self.line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        let Punctuation { after_last, none, .. } = self.punctuation;
        self.out.write_all(if self.empty { none } else { after_last })
    }
}
