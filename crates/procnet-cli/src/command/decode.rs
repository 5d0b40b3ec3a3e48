//! `procnet decode`: a captured table, row by row. A malformed row is reported and skipped.

mod diag;
mod lines;
mod report;
mod socket;

use std::fmt;

use procnet::{
    Kind,
    capture::Remarks,
    decode::{
        ByteOrder,
        capture::{Layout, Repair},
    },
};

pub(crate) use self::{
    lines::{lines, records},
    report::Report,
};
use crate::{
    Outcome,
    args::Decode,
    error::Error,
    input::{Input, Piece},
    output::Header,
    row::escaped,
    table::CAPTURES,
};

/// Turns the lines of a table into rows.
pub(crate) trait Decoder {
    /// The header of the rows, as far as it is known yet.
    fn header(&self) -> Header;

    /// Decodes the next line.
    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error>;

    /// Decodes the end of the input.
    fn end(&mut self, _report: &mut Report) -> Result<(), Error> {
        Ok(())
    }
}

/// A file of a table that is not of sockets.
pub(crate) struct Capture {
    /// Its name under /proc/net, then other names.
    pub(crate) names: &'static [&'static str],
    pub(crate) decoder: fn(ByteOrder) -> Box<dyn Decoder>,
}

/// What can be decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Decodable {
    Text(Text),
    /// Messages of sock_diag.
    Diag,
}

impl Decodable {
    pub(crate) fn all() -> impl Iterator<Item = Decodable> {
        Text::all().map(Decodable::Text).chain([Decodable::Diag])
    }

    /// Its name, and other names.
    pub(crate) fn names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Decodable::Text(text) => text.names(),
            Decodable::Diag => ("diag", &["sock_diag"]),
        }
    }
}

/// A table of lines that can be decoded.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    Sockets(Kind),
    Table(&'static Capture),
}

impl Text {
    fn all() -> impl Iterator<Item = Text> {
        let tables = CAPTURES.iter().copied().flatten().map(Text::Table);
        let sockets = Kind::ALL.into_iter().filter(|kind| kind.has_table());
        sockets.map(Text::Sockets).chain(tables)
    }

    /// Its name under /proc/net, and other names.
    fn names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Text::Sockets(kind) => (kind.name(), &[]),
            Text::Table(table) => {
                table.names.split_first().map_or(("", &[]), |(name, aliases)| (*name, aliases))
            }
        }
    }

    /// What kernels print around its rows. Every file has a layout: a test decodes each.
    fn layout(self) -> Option<&'static Layout> {
        let (name, aliases) = self.names();
        Layout::of(name).or_else(|| aliases.iter().find_map(|alias| Layout::of(alias)))
    }

    fn decoder(self, order: ByteOrder) -> Box<dyn Decoder> {
        match self {
            Text::Sockets(kind) => socket::decoder(kind, order),
            Text::Table(table) => (table.decoder)(order),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().0)
    }
}

pub(super) fn run(args: Decode) -> Result<Outcome, Error> {
    let table = match args.table {
        Decodable::Diag => return diag::run(args),
        Decodable::Text(_) if args.protocol.is_some() => return Err(Error::ProtocolOfText),
        Decodable::Text(table) => table,
    };
    let mut input = Input::open(args.file)?;
    let mut report = Report::new(args.printing, escaped(input.name()));
    let mut decoder = table.decoder(args.byte_order.into());
    let mut repair = table.layout().map(Repair::new);
    let ended = input.for_each(|piece| {
        let (number, line) = match piece {
            Piece::Line(number, Ok(line)) => (number, line),
            Piece::Cut(number, line) => {
                repair.iter_mut().for_each(Repair::cut);
                report.is_cut = true;
                (number, line)
            }
            Piece::Line(number, Err(error)) => {
                report.error(number, error);
                return Ok(());
            }
            Piece::Pause => return report.flush(),
        };
        let line = match &mut repair {
            Some(repair) => repair.line(line),
            None => Some(line),
        };
        report.removed = repair.as_ref().map_or(0, Repair::removed);
        line.map_or(Ok(()), |line| decoder.line(line, number, &mut report))
    })?;
    decoder.end(&mut report)?;
    let mut remarks = repair.map_or_else(Remarks::default, |repair| repair.remarks());
    remarks.compressed = input.is_compressed();
    report.finish(|| decoder.header(), &remarks, ended.as_ref())
}
