//! A table whose rows are printed as they come.
//!
//! Its columns are as wide as those of a typical row, and grow with what is printed. The headings
//! are printed again where other columns are shown than before: a column of zeros that was left out
//! has its first number.

use std::io::{self, Write};

use super::{
    BUFFER, Fit, Header, Row, Sink,
    layout::{self, Plan, Shown},
    table::Table,
};

pub(super) struct Stream<W: Write> {
    table: Table<W>,
    /// The columns under the last headings; empty before the first ones.
    shown: Vec<usize>,
}

impl<W: Write> Stream<W> {
    pub(super) fn new(out: W, header: Header, fit: Fit, typical: &dyn Row) -> Stream<W> {
        let mut table = Table::new(out, header, fit);
        typical.cells(&mut table.cells);
        table.measure();
        table.clear();
        Stream { table, shown: Vec::new() }
    }

    /// Prints the buffered rows, and the headings if they are not those of the last rows.
    fn print(&mut self) -> io::Result<()> {
        let Stream { table, shown } = self;
        table.measure();
        let Fit { limit, overflow, .. } = table.fit;
        let Plan { gap, blocks, .. } =
            layout::plan(&table.columns, &table.extents, limit, overflow);
        for block in &blocks {
            let columns = || block.iter().map(|(at, _): &Shown| *at);
            if !columns().eq(shown.iter().copied()) {
                if !shown.is_empty() {
                    table.out.write_all(b"\n")?;
                }
                *shown = columns().collect();
                table.headings((block, gap))?;
            }
            table.rows((block, gap), &[])?;
        }
        table.clear();
        Ok(())
    }
}

impl<W: Write> Sink for Stream<W> {
    fn begin(&mut self) -> io::Result<()> {
        self.print()
    }

    fn row(&mut self, row: &dyn Row) -> io::Result<()> {
        self.table.row(row)?;
        if self.table.cells.size() >= BUFFER { self.print() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.table.cells.size() > 0 {
            self.print()?;
        }
        self.table.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Cells, Column, Keep, Overflow, Shape};

    struct Texts([&'static str; 3]);

    impl Row for Texts {
        fn object(&self, _out: &mut Vec<u8>) -> serde_json::Result<()> {
            Ok(())
        }

        fn values(&self, cells: &mut Cells) {
            self.cells(cells);
        }

        fn cells(&self, cells: &mut Cells) {
            self.0.iter().for_each(|text| cells.text(text));
        }
    }

    /// What is printed of batches of rows.
    fn printed(limit: Option<usize>, batches: &[&[[&'static str; 3]]]) -> String {
        let columns = vec![
            Column::new("Peer", Shape::Address, Keep::Always),
            Column::new("Sent", Shape::Number, Keep::Always),
            Column::new("Retrans", Shape::Number, Keep::UnlessZero),
        ];
        let header = Header { keys: Vec::new(), columns, vertical: false };
        let fit = Fit { limit, color: false, headings: true, overflow: Overflow::Blocks };
        let mut stream = Stream::new(Vec::new(), header, fit, &Texts(["10.0.0.1:80", "1234", "0"]));
        stream.begin().unwrap();
        for batch in batches {
            batch.iter().for_each(|row| stream.row(&Texts(*row)).unwrap());
            stream.flush().unwrap();
        }
        stream.end().unwrap();
        stream.flush().unwrap();
        String::from_utf8(stream.table.out.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn rows_of_all_batches_are_aligned_below_one_heading() {
        let batches: [&[_]; 2] = [
            &[["10.0.0.1:80", "1", "0"], ["10.0.0.2:80", "20", "0"]],
            &[["10.0.0.3:8080", "300", "1"]],
        ];
        let expected = "\
Peer         Sent  Retrans
10.0.0.1:80     1        0
10.0.0.2:80    20        0
10.0.0.3:8080   300        1
";
        assert_eq!(printed(None, &batches), expected);
        assert_eq!(printed(None, &[]), "Peer         Sent  Retrans\n");
    }

    #[test]
    fn a_column_that_was_left_out_comes_with_its_headings() {
        let batches: [&[_]; 3] = [
            &[["10.0.0.1:80", "1", "0"]],
            &[["10.0.0.1:80", "1", "7"]],
            &[["10.0.0.1:80", "1", "0"]],
        ];
        let expected = "\
Peer         Sent
10.0.0.1:80     1

Peer        Sent Retrans
10.0.0.1:80    1       7
10.0.0.1:80    1       0
";
        assert_eq!(printed(Some(24), &batches), expected);
    }
}
