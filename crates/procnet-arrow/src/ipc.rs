//! Batches as a stream of Arrow IPC, which pyarrow, polars and DuckDB read.

use std::io::Write;

use arrow_ipc::writer::StreamWriter;

use crate::{RecordBatch, error::Error, schema};

/// Writes sockets as a stream of Arrow IPC.
///
/// A stream has no place for what is known at its end, so it has no [`Snapshot`](crate::Snapshot): report
/// that beside it.
pub struct SocketStream<W: Write>(StreamWriter<W>);

impl<W: Write> std::fmt::Debug for SocketStream<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SocketStream")
    }
}

impl<W: Write> SocketStream<W> {
    /// Writes the schema.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn new(out: W) -> Result<SocketStream<W>, Error> {
        Ok(SocketStream(StreamWriter::try_new(out, &schema::sockets())?))
    }

    /// Writes a batch.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        Ok(self.0.write(batch)?)
    }

    /// Writes the end of the stream. Without it, a reader sees that the stream was cut off.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn finish(mut self) -> Result<W, Error> {
        self.0.finish()?;
        let mut out = self.0.into_inner()?;
        out.flush().map_err(arrow_schema::ArrowError::from)?;
        Ok(out)
    }
}
