//! An aligned table. Rows are kept until their widths are known, as texts in one buffer.
//!
//! A ready-made table library was measured too: comfy-table takes a second for 100,000 rows
//! of seven columns, most of it for cells that are strings of their own; this takes a
//! tenth of it.

use std::io::{self, BufWriter, Write};

use super::{
    BUFFER, Cells, Column, Header, Keep, Row, Shape, Sink,
    layout::{self, Extent, Shown},
    paint::{Paint, zeros},
    text,
};

/// How many bytes of text are kept at most. What is longer is printed in parts, each with
/// its own headings and widths, so that memory is bounded whatever is decoded.
const KEPT: usize = 32 << 20;

/// How a table is fitted to where it is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    /// The width of the terminal, if it is one.
    pub(crate) limit: Option<usize>,
    pub(crate) colours: bool,
    pub(crate) headings: bool,
}

pub(super) struct Table<W: Write> {
    out: BufWriter<W>,
    columns: Vec<Column>,
    upright: bool,
    fit: Fit,
    cells: Cells,
    /// How each row is shown as a whole.
    paints: Vec<Paint>,
    extents: Vec<Extent>,
    /// How much was printed already.
    parts: usize,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, header: Header, fit: Fit) -> Table<W> {
        let Header { columns, upright, .. } = header;
        let out = BufWriter::with_capacity(BUFFER, out);
        let (cells, paints, extents) = (Cells::default(), Vec::new(), Vec::new());
        Table { out, columns, upright, fit, cells, paints, extents, parts: 0 }
    }

    /// Prints what was kept.
    fn print(&mut self) -> io::Result<()> {
        let Table { out, columns, fit, cells, paints, extents, .. } = self;
        extents.clear();
        extents.extend(columns.iter().map(|column| {
            let width = if fit.headings { text::width(&column.title) } else { 0 };
            Extent { width, ..Extent::default() }
        }));
        for (at, text) in (0..columns.len()).cycle().zip(cells.iter()) {
            let extent = &mut extents[at];
            extent.width = extent.width.max(text::width(text));
            extent.filled |= !text.is_empty();
            extent.counts |= !matches!(text, "" | "0" | "0.0.0.0:*" | "[::]:*");
        }
        let layout::Plan { gap, blocks } = layout::plan(columns, extents, fit.limit);
        for (number, block) in blocks.iter().enumerate() {
            if number + self.parts > 0 {
                out.write_all(b"\n")?;
            }
            if fit.headings {
                let titles = columns.iter().map(|column| &*column.title);
                let bold = if fit.colours { Paint::Bold } else { Paint::Plain };
                line(out, columns, (block, gap), titles, |_, _| bold)?;
            }
            let mut texts = cells.iter().peekable();
            let mut paints = paints.iter();
            while texts.peek().is_some() {
                let whole = paints.next().copied().unwrap_or_default();
                let paint = |column: &Column, text: &str| match whole {
                    _ if !fit.colours => Paint::Plain,
                    Paint::Plain => (column.paint)(text),
                    paint => paint,
                };
                let texts = texts.by_ref().take(columns.len());
                line(out, columns, (block, gap), texts, paint)?;
            }
        }
        self.parts += 1;
        self.cells.clear();
        self.paints.clear();
        Ok(())
    }
}

impl<W: Write> Sink for Table<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        row.table(&mut self.cells);
        self.paints.push(row.paint());
        if self.cells.size() >= KEPT { self.print() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        if self.upright {
            self.stand_up();
        }
        self.print()
    }
}

impl<W: Write> Table<W> {
    /// Turns rows into lines of a name and a value.
    fn stand_up(&mut self) {
        let lying = std::mem::take(&mut self.cells);
        self.paints.clear();
        for (column, text) in self.columns.iter().cycle().zip(lying.iter()) {
            self.cells.push(&column.title);
            self.cells.push(text);
        }
        self.columns = vec![
            Column::new("Counter", Shape::Word, Keep::Always),
            Column::new("Value", Shape::Number, Keep::Always).painted(zeros),
        ];
    }
}

/// Prints the columns of a block, out of the cells of a row.
fn line<'c>(
    out: &mut impl io::Write,
    columns: &[Column],
    (block, gap): (&[Shown], usize),
    cells: impl Iterator<Item = &'c str>,
    paint: impl Fn(&Column, &str) -> Paint,
) -> io::Result<()> {
    let mut block = block.iter();
    let mut next = block.next();
    // Blanks are only printed before something.
    let mut blanks = 0;
    for (at, text) in cells.enumerate() {
        let Some((_, room)) = next.filter(|(shown, _)| *shown == at) else { continue };
        next = block.next();
        let used = text::width(text);
        let pad = room.saturating_sub(used);
        let number = columns[at].shape == Shape::Number;
        if number {
            blanks += pad;
        }
        if !text.is_empty() {
            write!(out, "{:blanks$}", "")?;
            blanks = 0;
            let paint = paint(&columns[at], text);
            paint.begin(out)?;
            if used <= *room {
                text::whole(out, text)?;
            } else {
                blanks += text::cut(out, text, *room, columns[at].shape)?;
            }
            paint.end(out)?;
        }
        if !number {
            blanks += pad;
        }
        blanks += gap;
    }
    out.write_all(b"\n")
}

/// The rows that `rows` hands over, as a table in memory.
pub(crate) fn draw(
    header: Header,
    fit: Fit,
    rows: impl FnOnce(&mut dyn FnMut(&dyn Row)),
) -> io::Result<Vec<u8>> {
    let mut table = Table::new(Vec::new(), header, fit);
    let mut drawn = Ok(());
    rows(&mut |row| {
        if drawn.is_ok() {
            drawn = table.row(row);
        }
    });
    drawn?;
    table.end()?;
    table.out.into_inner().map_err(io::IntoInnerError::into_error)
}
