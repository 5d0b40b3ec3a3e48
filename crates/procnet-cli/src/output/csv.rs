//! CSV as in RFC 4180, but with plain newlines: a line of names, then a line a row.

use std::{fs::File, io};

use csv::{ErrorKind, Terminator, Writer, WriterBuilder};

use super::{BUFFER, Cells, Row, Sink};

pub(super) struct Csv {
    out: Writer<File>,
    /// `None` if no line of names is asked for.
    keys: Option<Vec<String>>,
    cells: Cells,
}

impl Csv {
    pub(super) fn new(out: File, keys: Option<Vec<String>>) -> Csv {
        let mut builder = WriterBuilder::new();
        builder.terminator(Terminator::Any(b'\n')).buffer_capacity(BUFFER);
        Csv { out: builder.from_writer(out), keys, cells: Cells::default() }
    }
}

impl Sink for Csv {
    fn begin(&mut self) -> io::Result<()> {
        self.keys.iter().try_for_each(|keys| self.out.write_record(keys)).map_err(plain)
    }

    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        self.cells.clear();
        row.csv(&mut self.cells);
        self.out.write_record(self.cells.iter()).map_err(plain)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error of the operating system itself: the library's own conversion hides its kind.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
