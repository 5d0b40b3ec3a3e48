//! What comes of decoding: rows on standard output, bad ones on standard error.

use std::io;

use procnet::core::Error as DecodeError;

use crate::{
    Sight,
    args::Printing,
    error::Error,
    messages,
    output::{Header, Row, Writer},
};

pub(super) struct Report {
    printing: Printing,
    /// `None` until a decoder knows what its rows have in common.
    writer: Option<Writer>,
    /// The input's name, escaped.
    file: String,
    sight: Sight,
}

impl Report {
    pub(super) fn new(printing: Printing, file: String) -> Report {
        Report { printing, writer: None, file, sight: Sight::Whole }
    }

    /// Prints a row; the first one needs to know what all have in common.
    pub(super) fn row(
        &mut self,
        header: impl FnOnce() -> Header,
        row: &dyn Row,
    ) -> Result<(), Error> {
        self.writer(header)?.row(row)
    }

    fn writer(&mut self, header: impl FnOnce() -> Header) -> Result<&mut Writer, Error> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(Writer::open(self.printing, header())?)),
        }
    }

    /// Names a row that does not decode.
    pub(super) fn bad(&mut self, line: usize, error: DecodeError) {
        self.sight = Sight::Partial;
        let file = &self.file;
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        messages::bare(format_args!("{file}: line {line}, column {at}: {name}: {what}"));
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.writer.as_mut().map_or(Ok(()), Writer::flush)
    }

    /// Prints what stands behind all rows, if there are none too.
    pub(super) fn finish(
        mut self,
        header: impl FnOnce() -> Header,
        ended: Option<&io::Error>,
    ) -> Result<Sight, Error> {
        self.writer(header)?;
        if let Some(writer) = self.writer.take() {
            writer.finish()?;
        }
        if let Some(error) = ended {
            messages::bare(format_args!("{}: the rest cannot be read: {error}", self.file));
            self.sight = Sight::Partial;
        }
        Ok(self.sight)
    }
}
