//! An aligned table. Rows are kept until their widths are known, as texts in one buffer.
//!
//! A ready-made table library was measured too: comfy-table takes a second for 100,000 rows
//! of seven columns, most of it for cells that are strings of their own; this takes a
//! tenth of it.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
};

use super::{
    BUFFER, Cells, Column, Header, Keep, Row, Shape, Sink,
    layout::{self, Extent, Shown},
    text,
};

/// How many bytes of text are kept at most. What is longer is printed in parts, each with
/// its own headings and widths, so that memory is bounded whatever is decoded.
const KEPT: usize = 32 << 20;

pub(super) struct Table {
    out: BufWriter<File>,
    columns: Vec<Column>,
    upright: bool,
    /// The width of the terminal, if it is one.
    limit: Option<usize>,
    cells: Cells,
    extents: Vec<Extent>,
    /// How much was printed already.
    parts: usize,
}

impl Table {
    pub(super) fn new(out: File, header: Header, limit: Option<usize>) -> Table {
        let Header { columns, upright, .. } = header;
        let out = BufWriter::with_capacity(BUFFER, out);
        let (cells, extents) = (Cells::default(), Vec::new());
        Table { out, columns, upright, limit, cells, extents, parts: 0 }
    }

    /// Prints what was kept.
    fn print(&mut self) -> io::Result<()> {
        let Table { out, columns, limit, cells, extents, .. } = self;
        extents.clear();
        extents.extend(
            columns
                .iter()
                .map(|column| Extent { width: text::width(&column.title), ..Extent::default() }),
        );
        for (at, text) in (0..columns.len()).cycle().zip(cells.iter()) {
            let extent = &mut extents[at];
            extent.width = extent.width.max(text::width(text));
            extent.filled |= !text.is_empty();
            extent.counts |= !matches!(text, "" | "0");
        }
        let layout::Plan { gap, blocks } = layout::plan(columns, extents, *limit);
        for (number, block) in blocks.iter().enumerate() {
            if number + self.parts > 0 {
                out.write_all(b"\n")?;
            }
            let titles = columns.iter().map(|column| &*column.title);
            line(out, columns, block, gap, titles)?;
            let mut texts = cells.iter().peekable();
            while texts.peek().is_some() {
                line(out, columns, block, gap, texts.by_ref().take(columns.len()))?;
            }
        }
        self.parts += 1;
        self.cells.clear();
        Ok(())
    }
}

impl Sink for Table {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        row.table(&mut self.cells);
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

impl Table {
    /// Turns rows into lines of a name and a value.
    fn stand_up(&mut self) {
        let lying = std::mem::take(&mut self.cells);
        for (column, text) in self.columns.iter().cycle().zip(lying.iter()) {
            self.cells.push(&column.title);
            self.cells.push(text);
        }
        self.columns = vec![
            Column::new("Counter", Shape::Word, Keep::Always),
            Column::new("Value", Shape::Number, Keep::Always),
        ];
    }
}

/// Prints the columns of a block, out of the cells of a row.
fn line<'c>(
    out: &mut impl io::Write,
    columns: &[Column],
    block: &[Shown],
    gap: usize,
    cells: impl Iterator<Item = &'c str>,
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
            if used <= *room {
                text::whole(out, text)?;
            } else {
                blanks += text::cut(out, text, *room, columns[at].shape)?;
            }
        }
        if !number {
            blanks += pad;
        }
        blanks += gap;
    }
    out.write_all(b"\n")
}
