//! Where rows go: each format one file, and one line in [`Writer::open`].
//!
//! A row knows its forms, a format where they stand. Nothing is printed before the first
//! row or the end, so that a command that fails at once prints nothing that a program could
//! take for an answer.

mod cells;
mod csv;
pub(crate) mod encode;
mod json;
mod layout;
mod paint;
mod table;
mod text;

use std::{
    fs::File,
    io::{self, IsTerminal as _},
    os::fd::AsFd as _,
};

use clap::ValueEnum;

pub(crate) use cells::{BETWEEN, Cells};
pub(crate) use layout::{Column, Keep, Shape};
pub(crate) use paint::{Paint, zeros};
pub(crate) use table::{Fit, draw};

use crate::{args::Printing, error::Error};

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// An aligned table, which fits the terminal; its form may change
    #[default]
    Table,
    /// One array of objects
    Json,
    /// An object a line
    Ndjson,
    /// A line of names, then a line a row
    Csv,
}

/// Something to be printed as a row.
pub(crate) trait Row {
    /// Appends its object, without a newline.
    fn json(&self, line: &mut Vec<u8>) -> serde_json::Result<()>;
    /// Pushes a cell for each of [`Header::keys`].
    fn csv(&self, cells: &mut Cells);
    /// Pushes a cell for each of [`Header::columns`].
    fn table(&self, cells: &mut Cells);
    /// How it is shown as a whole; plain if each column has colours of its own.
    fn paint(&self) -> Paint {
        Paint::Plain
    }
}

/// What the rows have in common.
pub(crate) struct Header {
    /// The first line of CSV.
    pub(crate) keys: Vec<String>,
    /// The columns of the table.
    pub(crate) columns: Vec<Column>,
    /// As a table, a row is shown as lines of a name and a value.
    pub(crate) upright: bool,
}

/// A format at work.
trait Sink {
    /// Prints what stands before all rows.
    fn begin(&mut self) -> io::Result<()>;
    fn row(&mut self, row: &dyn Row) -> io::Result<()>;
    /// Prints what has been held back for speed.
    fn flush(&mut self) -> io::Result<()>;
    /// Prints what stands behind all rows. It is flushed after that.
    fn end(&mut self) -> io::Result<()>;
}

/// Prints rows to standard output.
pub(crate) struct Writer {
    sink: Box<dyn Sink>,
    begun: bool,
    /// Somebody watches: each row is shown at once.
    live: bool,
}

/// How much is held back before it is written: some hundred rows.
const BUFFER: usize = 32 << 10;

/// The width of a terminal that does not tell its own.
const USUAL_WIDTH: usize = 80;

/// How many columns a terminal has.
pub(crate) fn terminal_width(terminal: &io::Stdout) -> usize {
    match terminal_size::terminal_size_of(terminal) {
        Some((width, _)) if width.0 > 0 => usize::from(width.0),
        _ => USUAL_WIDTH,
    }
}

impl Writer {
    pub(crate) fn open(printing: Printing, header: Header) -> Result<Writer, Error> {
        let Printing { format, wide, no_header, color } = printing;
        let stdout = io::stdout();
        let live = stdout.is_terminal();
        let fit = Fit {
            limit: (live && !wide).then(|| terminal_width(&stdout)),
            colours: color.applies(live),
            headings: !no_header,
        };
        // A descriptor of its own: that of the standard library looks for newlines.
        let out = File::from(stdout.as_fd().try_clone_to_owned().map_err(Error::Output)?);
        let sink: Box<dyn Sink> = match format {
            Format::Table => Box::new(table::Table::new(out, header, fit)),
            Format::Json => Box::new(json::Json::array(out)),
            Format::Ndjson => Box::new(json::Json::lines(out)),
            Format::Csv => Box::new(csv::Csv::new(out, (!no_header).then_some(header.keys))),
        };
        Ok(Writer { sink, begun: false, live })
    }

    pub(crate) fn row(&mut self, row: &dyn Row) -> Result<(), Error> {
        self.begin()?;
        self.sink.row(row).map_err(Error::Output)?;
        if self.live { self.flush() } else { Ok(()) }
    }

    /// Prints what has been held back, where there may be a while to wait.
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
