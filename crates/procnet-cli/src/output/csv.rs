//! CSV of RFC 4180, but with plain newlines: a line of names, then a line for each row.

use std::{fs::File, io};

use csv::{ErrorKind, Terminator, Writer, WriterBuilder};

use super::{BUFFER, Cells, Row, Sink};

pub(super) struct Csv {
    out: Writer<File>,
    /// `None` without a line of names.
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
        self.keys.iter().try_for_each(|keys| self.out.write_record(keys)).map_err(io_error)
    }

    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        self.cells.clear();
        row.values(&mut self.cells);
        self.out.write_record(self.cells.iter()).map_err(io_error)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The error of the operating system: the conversion of the `csv` crate hides its kind.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
