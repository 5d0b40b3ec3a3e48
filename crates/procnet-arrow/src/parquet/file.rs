//! Parquet files: their encodings, and a single one.

use std::io::Write;

use arrow_schema::SchemaRef;
use parquet::{
    basic::{Compression as Codec, Encoding, ZstdLevel},
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder},
    },
    schema::types::ColumnPath,
};

use super::table::TableWriter;
use crate::{RecordBatch, Snapshot, error::Error, schema};

/// How pages are compressed. `docs/columns.md` compares them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Zstandard, at level 1.
    #[default]
    Zstd,
    /// LZ4, for readers without Zstandard.
    Lz4,
    /// Snappy, which every reader has.
    Snappy,
    /// None.
    Uncompressed,
}

impl Compression {
    fn codec(self) -> Codec {
        match self {
            Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
            Compression::Lz4 => Codec::LZ4_RAW,
            Compression::Snappy => Codec::SNAPPY,
            Compression::Uncompressed => Codec::UNCOMPRESSED,
        }
    }
}

/// Numbers that are written as differences to the one before: in the order of rows in a batch, most are the
/// same, or close to it, and none has to be looked up in a dictionary. Ports are smaller in one.
const DIFFERENCES: [&str; 19] = [
    "time",
    "uptime",
    "duration",
    "netns",
    "uid",
    "inode",
    "cookie",
    "rx_queue",
    "tx_queue",
    "backlog",
    "drops",
    "peer",
    "owners.list.item.pid",
    "owners.list.item.fd",
    "owners.list.item.start_time",
    "bytes_acked",
    "bytes_received",
    "bytes_sent",
    "delivery_rate",
];

/// Columns by which engines leave out row groups. Of all others the smallest and largest value say nothing,
/// and comparing every text for them takes a tenth of the time.
const SELECTIVE: [&str; 6] = ["host", "time", "kind", "state", "local_port", "complete"];

fn properties(compression: Compression) -> WriterPropertiesBuilder {
    let mut builder = WriterProperties::builder()
        .set_compression(compression.codec())
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_created_by(concat!("procnet ", env!("CARGO_PKG_VERSION")).to_owned());
    for name in DIFFERENCES {
        let column = ColumnPath::from(name.split('.').map(str::to_owned).collect::<Vec<_>>());
        builder = builder
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    for name in SELECTIVE {
        // Of row groups: those of pages take more than they save.
        let column = ColumnPath::from(name);
        builder = builder.set_column_statistics_enabled(column, EnabledStatistics::Chunk);
    }
    builder
}

/// A writer of a file of these columns.
pub(super) fn writer<W: Write + Send>(
    out: W,
    schema: SchemaRef,
    compression: Compression,
) -> Result<TableWriter<W>, Error> {
    let version = KeyValue::new(schema::VERSION_KEY.to_owned(), schema::VERSION.to_string());
    let properties = properties(compression).set_key_value_metadata(Some(vec![version])).build();
    TableWriter::new(out, schema, compression, properties)
}

/// Writes the sockets of one snapshot to a Parquet file, with the snapshot in its metadata.
pub struct SocketFile<W: Write + Send>(TableWriter<W>);

impl<W: Write + Send> std::fmt::Debug for SocketFile<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SocketFile").field(&self.0.bytes_written()).finish()
    }
}

impl<W: Write + Send> SocketFile<W> {
    /// Begins a file.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn new(out: W, compression: Compression) -> Result<SocketFile<W>, Error> {
        writer(out, schema::sockets(), compression).map(SocketFile)
    }

    /// Writes a batch: a row group at a time is in memory.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.0.write(batch)
    }

    /// Writes the end of the file, without which no reader takes it: the snapshot as `procnet.host`,
    /// `procnet.boot_id`, `procnet.time`, `procnet.sockets`, `procnet.complete`, `procnet.gaps` (a line
    /// each), `procnet.kinds` and `procnet.scope`.
    ///
    /// # Errors
    ///
    /// If the output cannot be written.
    pub fn finish(mut self, snapshot: &Snapshot) -> Result<W, Error> {
        let values = [
            ("procnet.host", Some(snapshot.host.name.clone())),
            ("procnet.boot_id", snapshot.host.boot_id.clone()),
            ("procnet.time", Some(snapshot.time.to_string())),
            ("procnet.sockets", Some(snapshot.sockets.to_string())),
            ("procnet.complete", Some(snapshot.complete.to_string())),
            ("procnet.gaps", Some(snapshot.gaps.join("\n"))),
            ("procnet.kinds", Some(snapshot.kinds.join(" "))),
            ("procnet.scope", snapshot.scope.clone()),
        ];
        for (key, value) in values {
            if value.is_some() {
                self.0.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
            }
        }
        let mut out = self.0.into_inner()?;
        out.flush().map_err(arrow_schema::ArrowError::from)?;
        Ok(out)
    }
}
