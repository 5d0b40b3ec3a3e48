//! An aligned table. Rows are buffered, as texts in one buffer, until their widths are known.
//!
//! Measured alternative: comfy-table takes a second for 100,000 rows of seven columns, most of it
//! for allocating each cell; this takes a tenth of that.

use std::io::{self, BufWriter, Write};

use super::{
    BUFFER, Cells, Column, Header, Keep, Row, Shape, Sink,
    layout::{self, Extent, Overflow, Shown},
    style::{Style, zeros},
    text,
};

/// The most bytes of text that are buffered. Longer tables are printed in parts, each with its own
/// headings and widths, so that memory is bounded.
const MAX_BUFFERED: usize = 32 << 20;

/// How a table is fitted to its output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    /// The width of the terminal, if it is one.
    pub(crate) limit: Option<usize>,
    pub(crate) color: bool,
    pub(crate) headings: bool,
    pub(crate) overflow: Overflow,
}

pub(super) struct Table<W: Write> {
    pub(super) out: BufWriter<W>,
    pub(super) columns: Vec<Column>,
    vertical: bool,
    pub(super) fit: Fit,
    pub(super) cells: Cells,
    /// The style of each row.
    styles: Vec<Style>,
    /// What is printed below rows, each with the number of its row.
    notes: Vec<(usize, String)>,
    /// The length of all notes, in bytes.
    noted: usize,
    pub(super) extents: Vec<Extent>,
    /// The number of parts printed.
    parts: usize,
    /// The number of columns that the last part gave up.
    given_up: usize,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, header: Header, fit: Fit) -> Table<W> {
        let Header { columns, vertical, .. } = header;
        let out = BufWriter::with_capacity(BUFFER, out);
        let extents = extents_of_titles(&columns, fit);
        let (cells, styles, notes) = (Cells::default(), Vec::new(), Vec::new());
        Table {
            out,
            columns,
            vertical,
            fit,
            cells,
            styles,
            notes,
            noted: 0,
            extents,
            parts: 0,
            given_up: 0,
        }
    }

    /// Prints the buffered rows.
    fn print(&mut self) -> io::Result<()> {
        self.extents = extents_of_titles(&self.columns, self.fit);
        self.measure();
        let Fit { limit, overflow, .. } = self.fit;
        let layout::Plan { gap, blocks, given_up } =
            layout::plan(&self.columns, &self.extents, limit, overflow);
        self.given_up = given_up;
        for (number, block) in blocks.iter().enumerate() {
            if number + self.parts > 0 {
                self.out.write_all(b"\n")?;
            }
            self.headings((block, gap))?;
            let notes = std::mem::take(&mut self.notes);
            self.rows((block, gap), if number + 1 == blocks.len() { &notes } else { &[] })?;
            self.notes = notes;
        }
        self.parts += 1;
        self.clear();
        Ok(())
    }

    /// Extends the extents by those of the buffered rows.
    pub(super) fn measure(&mut self) {
        for (at, text) in (0..self.columns.len()).cycle().zip(self.cells.iter()) {
            let extent = &mut self.extents[at];
            extent.width = extent.width.max(text::width(text));
            extent.filled |= !text.is_empty();
            extent.nonzero |= !matches!(text, "" | "0" | "0.0.0.0:*" | "[::]:*");
        }
    }

    /// Prints the headings of a block, if there are any.
    pub(super) fn headings(&mut self, block: (&[Shown], usize)) -> io::Result<()> {
        let Table { out, columns, fit, .. } = self;
        if !fit.headings {
            return Ok(());
        }
        let titles = columns.iter().map(|column| &*column.title);
        let bold = if fit.color { Style::Bold } else { Style::Plain };
        line(out, columns, block, titles, |_, _| bold)
    }

    /// Prints what a block has of the buffered rows, and these notes below them.
    pub(super) fn rows(
        &mut self,
        block: (&[Shown], usize),
        notes: &[(usize, String)],
    ) -> io::Result<()> {
        let Table { out, columns, fit, cells, styles, .. } = self;
        let mut texts = cells.iter().peekable();
        let mut styles = styles.iter();
        let mut notes = notes.iter().peekable();
        let mut number = 0;
        while texts.peek().is_some() {
            let whole = styles.next().copied().unwrap_or_default();
            let style = |column: &Column, text: &str| match whole {
                _ if !fit.color => Style::Plain,
                Style::Plain => (column.style)(text),
                style => style,
            };
            line(out, columns, block, texts.by_ref().take(columns.len()), style)?;
            if let Some((_, note)) = notes.next_if(|(row, _)| *row == number) {
                text::note(out, note, fit.limit)?;
            }
            number += 1;
        }
        Ok(())
    }

    /// Forgets the buffered rows.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.styles.clear();
        self.notes.clear();
        self.noted = 0;
    }
}

fn extents_of_titles(columns: &[Column], fit: Fit) -> Vec<Extent> {
    let width = |column: &Column| if fit.headings { text::width(&column.title) } else { 0 };
    columns.iter().map(|column| Extent { width: width(column), ..Extent::default() }).collect()
}

impl<W: Write> Sink for Table<W> {
    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        row.cells(&mut self.cells);
        let mut note = String::new();
        row.note(&mut note);
        if !note.is_empty() {
            self.noted += note.len();
            self.notes.push((self.styles.len(), note));
        }
        self.styles.push(row.style());
        if self.cells.size() + self.noted >= MAX_BUFFERED { self.print() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn end(&mut self) -> io::Result<()> {
        if self.vertical {
            self.pivot();
        }
        self.print()
    }
}

impl<W: Write> Table<W> {
    /// Turns rows into rows of a name and a value.
    fn pivot(&mut self) {
        let rows = std::mem::take(&mut self.cells);
        self.styles.clear();
        for (column, text) in self.columns.iter().cycle().zip(rows.iter()) {
            self.cells.push(&column.title);
            self.cells.push(text);
        }
        self.columns = vec![
            Column::new("Counter", Shape::Word, Keep::Always),
            Column::new("Value", Shape::Number, Keep::Always).styled(zeros),
        ];
    }
}

/// Prints the cells of a row that are in a block.
fn line<'c>(
    out: &mut impl io::Write,
    columns: &[Column],
    (block, gap): (&[Shown], usize),
    cells: impl Iterator<Item = &'c str>,
    style: impl Fn(&Column, &str) -> Style,
) -> io::Result<()> {
    let mut block = block.iter();
    let mut next = block.next();
    // Trailing blanks are not printed.
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
            text::blanks(out, blanks)?;
            blanks = 0;
            let style = style(&columns[at], text);
            style.begin(out)?;
            if used <= *room {
                text::whole(out, text)?;
            } else if number {
                // A part of it would be another number.
                text::cut(out, text, 1, Shape::Word)?;
                text::blanks(out, room.saturating_sub(1))?;
            } else {
                blanks += text::cut(out, text, *room, columns[at].shape)?;
            }
            style.end(out)?;
        }
        if !number {
            blanks += pad;
        }
        blanks += gap;
    }
    out.write_all(b"\n")
}

/// Formats rows as a table in memory; returns it, and the number of columns that were given up.
pub(crate) fn draw(
    header: Header,
    fit: Fit,
    rows: impl FnOnce(&mut dyn FnMut(&dyn Row)),
) -> io::Result<(Vec<u8>, usize)> {
    let mut table = Table::new(Vec::new(), header, fit);
    let mut drawn = Ok(());
    rows(&mut |row| {
        if drawn.is_ok() {
            drawn = table.row(row);
        }
    });
    drawn?;
    table.end()?;
    let given_up = table.given_up;
    table.out.into_inner().map(|text| (text, given_up)).map_err(io::IntoInnerError::into_error)
}
