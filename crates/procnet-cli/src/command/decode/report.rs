//! The result of decoding: rows on standard output, errors on standard error.

use std::{fmt::Arguments, io};

use procnet::{capture::Remarks, decode::Error as DecodeError};

use crate::{
    Outcome,
    args::Printing,
    error::Error,
    messages,
    output::{Header, Row, Writer},
    row::Record,
};

pub(crate) struct Report {
    printing: Printing,
    /// `None` until the header is known.
    writer: Option<Writer>,
    /// The input's name, escaped.
    file: String,
    outcome: Outcome,
    /// The number of bytes removed from the start of the current line.
    pub(super) removed: usize,
    /// Whether the input ends within the current line.
    pub(super) is_cut: bool,
    /// The number of sockets whose address is a loopback address in the wrong byte order.
    pub(super) swapped: u64,
}

impl Report {
    pub(super) fn new(printing: Printing, file: String) -> Report {
        Report {
            printing,
            writer: None,
            file,
            outcome: Outcome::Complete,
            removed: 0,
            is_cut: false,
            swapped: 0,
        }
    }

    /// Prints a row; `header` is called for the first one.
    pub(crate) fn row(
        &mut self,
        header: impl FnOnce() -> Header,
        row: &dyn Row,
    ) -> Result<(), Error> {
        self.writer(header)?.row(row)
    }

    /// Prints a record.
    pub(crate) fn record<T: Record>(&mut self, record: &T) -> Result<(), Error> {
        self.row(Header::of::<T>, record)
    }

    fn writer(&mut self, header: impl FnOnce() -> Header) -> Result<&mut Writer, Error> {
        match &mut self.writer {
            Some(writer) => Ok(writer),
            none => Ok(none.insert(Writer::open(self.printing, header())?)),
        }
    }

    /// Reports a line that does not decode.
    pub(crate) fn error(&mut self, line: usize, error: DecodeError) {
        self.outcome = Outcome::Partial;
        let (file, error) = (&self.file, error.behind(self.removed));
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        messages::plain(format_args!("{file}: line {line}, column {at}: {name}: {what}"));
    }

    /// Reports what is wrong at a byte of the input, counted from 0.
    pub(super) fn wrong(&mut self, at: u64, what: Arguments<'_>) {
        self.outcome = Outcome::Partial;
        messages::plain(format_args!("{}: byte {at}: {what}", self.file));
    }

    pub(super) fn flush(&mut self) -> Result<(), Error> {
        self.writer.as_mut().map_or(Ok(()), Writer::flush)
    }

    /// Prints what follows all rows, even if there are none.
    pub(super) fn finish(
        mut self,
        header: impl FnOnce() -> Header,
        remarks: &Remarks,
        ended: Option<&io::Error>,
    ) -> Result<Outcome, Error> {
        self.writer(header)?;
        if let Some(writer) = self.writer.take() {
            writer.finish()?;
        }
        let file = &self.file;
        if !remarks.is_exact() {
            messages::plain(format_args!("{file}: read despite {remarks}"));
        }
        for doubt in remarks.doubts() {
            messages::plain(format_args!("{file}: {doubt}"));
            self.outcome = Outcome::Partial;
        }
        if self.swapped > 0 {
            let rows = if self.swapped == 1 { "row" } else { "rows" };
            messages::plain(format_args!(
                "{file}: loopback addresses read 1.0.0.127 or ::100:0 in {} {rows}: the host \
                 probably has the other byte order (--byte-order)",
                self.swapped
            ));
            self.outcome = Outcome::Partial;
        }
        if let Some(error) = ended {
            messages::plain(format_args!("{}: cannot read the rest: {error}", self.file));
            self.outcome = Outcome::Partial;
        }
        Ok(self.outcome)
    }
}
