//! A table as a stream of Arrow IPC, which pyarrow, polars and DuckDB read.

use std::io::Write;

use arrow_ipc::writer::StreamWriter;

use crate::{RecordBatch, Table, error::Error, schema};

/// Writes a table as a stream of Arrow IPC.
///
/// A stream has no place for what is known at its end, so what its rows cover is a stream of its own: that of
/// [`snapshots`](Table::Snapshots) or [`event_spans`](Table::EventSpans), whose rows are those of
/// [`SnapshotColumns`](crate::SnapshotColumns) and [`EventSpanColumns`](crate::EventSpanColumns).
///
/// ```
/// use procnet::{Query, Scanner};
/// use procnet_arrow::{Host, Recorder, SnapshotColumns, Table, Written, ipc::TableStream, now};
///
/// let mut scanner = Scanner::new()?;
/// let mut recorder = Recorder::new(Host::read(scanner.root()), scanner.root())?;
/// let (mut looks, mut written) = (SnapshotColumns::new(), Written::default());
/// written.writer = now();
///
/// let mut sockets = TableStream::new(Vec::new(), Table::Sockets)?;
/// let snapshot = recorder.record(&mut scanner, &Query::new(), &mut |batch| sockets.write(&batch))?;
/// sockets.finish()?;
/// looks.push(&snapshot, &written);
///
/// let mut snapshots = TableStream::new(Vec::new(), Table::Snapshots)?;
/// snapshots.write(&looks.take()?)?;
/// snapshots.finish()?;
/// # Ok::<(), procnet_arrow::Error>(())
/// ```
pub struct TableStream<W: Write> {
    table: Table,
    writer: StreamWriter<W>,
}

impl<W: Write> std::fmt::Debug for TableStream<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TableStream").field(&self.table).finish()
    }
}

impl<W: Write> TableStream<W> {
    /// Writes the schema.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn new(out: W, table: Table) -> Result<TableStream<W>, Error> {
        Ok(TableStream { table, writer: StreamWriter::try_new(out, &table.schema())? })
    }

    /// Writes a batch.
    ///
    /// # Errors
    ///
    /// If the output cannot be written, or the batch is one of another table.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        schema::check(batch, &self.table.schema())?;
        Ok(self.writer.write(batch)?)
    }

    /// Writes the end of the stream. A reader need not notice that it is missing, nor batches before it: the
    /// number of rows is in what covers them.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn finish(mut self) -> Result<W, Error> {
        self.writer.finish()?;
        let mut out = self.writer.into_inner()?;
        out.flush().map_err(arrow_schema::ArrowError::from)?;
        Ok(out)
    }
}
