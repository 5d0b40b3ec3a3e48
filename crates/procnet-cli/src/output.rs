//! Output formats: a file each, and the variants of [`Format`].
//!
//! A row provides the forms that formats are made of. Nothing is printed before the first row or
//! the end, so that a command that fails at once prints nothing that a program could mistake for
//! a result.

mod cells;
mod csv;
pub(crate) mod encode;
mod json;
mod layout;
mod stream;
mod style;
mod table;
mod text;

use std::{
    fs::File,
    io::{self, IsTerminal},
    os::fd::AsFd,
};

use clap::ValueEnum;

pub(crate) use cells::{Cells, ITEM_SEPARATOR};
pub(crate) use layout::{Column, Keep, Overflow, Shape};
pub(crate) use style::{Style, zeros};
pub(crate) use table::{Fit, draw};
pub(crate) use text::{cut_line, width};

use crate::{args::Printing, error::Error};

/// An output format: a variant here, a file below and a line in both methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns that fit the terminal; the layout may change between versions
    #[default]
    Table,
    /// One array of objects
    Json,
    /// One object per line
    Ndjson,
    /// One record per line, after a line of names
    Csv,
    /// Of sockets only: a stream of Arrow IPC
    #[cfg(feature = "columns")]
    Arrow,
    /// Of sockets only: a Parquet file
    #[cfg(feature = "columns")]
    Parquet,
}

/// What a format is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading by people: laid out as a whole, and redrawn by a watch.
    Display,
    /// Parsing once it is complete.
    Document,
    /// Parsing as it is written, an object at a time.
    ObjectStream,
    /// Parsing as it is written, a record of the same columns at a time.
    RecordStream,
    /// Loading into what works on columns.
    Columns,
}

impl Format {
    pub(crate) fn purpose(self) -> Purpose {
        match self {
            Format::Table => Purpose::Display,
            Format::Json => Purpose::Document,
            Format::Ndjson => Purpose::ObjectStream,
            Format::Csv => Purpose::RecordStream,
            #[cfg(feature = "columns")]
            Format::Arrow | Format::Parquet => Purpose::Columns,
        }
    }

    fn sink(self, out: File, header: Header, fit: Fit) -> Box<dyn Sink> {
        match self {
            // `Writer::new` has refused them.
            #[cfg(feature = "columns")]
            Format::Arrow | Format::Parquet => Box::new(json::Json::lines(out)),
            Format::Table => Box::new(table::Table::new(out, header, fit)),
            Format::Json => Box::new(json::Json::array(out)),
            Format::Ndjson => Box::new(json::Json::lines(out)),
            Format::Csv => Box::new(csv::Csv::new(out, fit.headings.then_some(header.keys))),
        }
    }

    /// A sink for rows that have to be printed before the last one is known.
    fn stream(self, out: File, header: Header, fit: Fit, typical: &dyn Row) -> Box<dyn Sink> {
        match self.purpose() {
            Purpose::Display => Box::new(stream::Stream::new(out, header, fit, typical)),
            Purpose::Document
            | Purpose::ObjectStream
            | Purpose::RecordStream
            | Purpose::Columns => self.sink(out, header, fit),
        }
    }
}

/// A row, in the forms that formats are made of.
pub(crate) trait Row {
    /// Appends a JSON object, without a newline.
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()>;
    /// Pushes a value for each of [`Header::keys`], for programs.
    fn values(&self, cells: &mut Cells);
    /// Pushes a cell for each of [`Header::columns`], for people.
    fn cells(&self, cells: &mut Cells);
    /// Appends the lines to print below the row in a table, separated by newlines; none by default.
    fn note(&self, _out: &mut String) {}
    /// The style of the whole row; plain if each column has its own.
    fn style(&self) -> Style {
        Style::Plain
    }
}

/// What all rows have in common.
pub(crate) struct Header {
    /// The names of the values.
    pub(crate) keys: Vec<String>,
    /// The columns of the table.
    pub(crate) columns: Vec<Column>,
    /// In a table, each row is printed as lines of a name and a value.
    pub(crate) vertical: bool,
}

/// Writes rows in a format.
trait Sink {
    /// Writes what precedes all rows.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn row(&mut self, row: &dyn Row) -> io::Result<()>;
    /// Writes what is buffered.
    fn flush(&mut self) -> io::Result<()>;
    /// Writes what follows all rows; the caller then flushes.
    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints rows to standard output.
pub(crate) struct Writer {
    sink: Box<dyn Sink>,
    begun: bool,
    /// On a terminal each row is written at once.
    live: bool,
}

/// Bytes that are buffered before they are written: some hundred rows.
const BUFFER: usize = 32 << 10;

/// The width of a terminal whose width is unknown.
const USUAL_WIDTH: usize = 80;

/// The columns of a terminal.
pub(crate) fn terminal_width(terminal: impl AsFd) -> usize {
    match terminal_size::terminal_size_of(terminal) {
        Some((width, _)) if width.0 > 0 => usize::from(width.0),
        _ => USUAL_WIDTH,
    }
}

impl Writer {
    pub(crate) fn open(printing: Printing, header: Header) -> Result<Writer, Error> {
        Writer::open_on(&io::stdout(), printing, header)
    }

    /// The same, on another output than the standard output.
    pub(crate) fn open_on(
        output: &(impl AsFd + IsTerminal),
        printing: Printing,
        header: Header,
    ) -> Result<Writer, Error> {
        Writer::new(output, printing, |out, fit| printing.format.sink(out, header, fit))
    }

    /// For rows that come over time; each batch is to be [flushed](Writer::flush). A table is
    /// laid out for a typical row.
    pub(crate) fn stream(
        printing: Printing,
        header: Header,
        typical: &dyn Row,
    ) -> Result<Writer, Error> {
        let sink = |out, fit| printing.format.stream(out, header, fit, typical);
        let mut writer = Writer { live: false, ..Writer::new(&io::stdout(), printing, sink)? };
        writer.begin()?;
        writer.flush()?;
        Ok(writer)
    }

    fn new(
        output: &(impl AsFd + IsTerminal),
        printing: Printing,
        sink: impl FnOnce(File, Fit) -> Box<dyn Sink>,
    ) -> Result<Writer, Error> {
        if printing.format.purpose() == Purpose::Columns {
            return Err(Error::ColumnsFormat);
        }
        let Printing { format: _, wide, no_header, color } = printing;
        let live = output.is_terminal();
        let fit = Fit {
            limit: (live && !wide).then(|| terminal_width(output)),
            color: color.applies(live),
            headings: !no_header,
            overflow: Overflow::Blocks,
        };
        // Not the standard library's handle, which searches for newlines.
        let out = File::from(output.as_fd().try_clone_to_owned().map_err(Error::Output)?);
        Ok(Writer { sink: sink(out, fit), begun: false, live })
    }

    pub(crate) fn row(&mut self, row: &dyn Row) -> Result<(), Error> {
        self.begin()?;
        self.sink.row(row).map_err(Error::Output)?;
        if self.live { self.flush() } else { Ok(()) }
    }

    /// Writes what is buffered, before a possible wait.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.sink.flush().map_err(Error::Output)
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.begin()?;
        self.sink.end().map_err(Error::Output)?;
        self.flush()
    }

    fn begin(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        self.sink.begin().map_err(Error::Output)
    }
}
