//! The schemas: names, types and order of the columns. `docs/columns.md` says what each means.

mod aggregates;
mod events;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

#[cfg(any(feature = "ipc", feature = "parquet"))]
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

/// The version of the schemas, in their metadata as `procnet.schema_version`.
///
/// Columns are added at the end without a new version; one that is removed, or changes its type or its
/// meaning, is a new version.
pub const VERSION: u32 = 1;

/// The key of the version in the metadata.
pub const VERSION_KEY: &str = "procnet.schema_version";

/// The columns of sockets: a row per socket and look.
#[must_use]
pub fn sockets() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema(socket_fields()));
    Arc::clone(&SCHEMA)
}

/// The columns of snapshots: a row per look at a host.
#[must_use]
pub fn snapshots() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema(snapshot_fields()));
    Arc::clone(&SCHEMA)
}

/// The columns of aggregates: a row per group of sockets and look.
#[must_use]
pub fn aggregates() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema(aggregates::fields()));
    Arc::clone(&SCHEMA)
}

/// The columns of events: a row per socket that began or ended.
#[must_use]
pub fn events() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema(events::fields()));
    Arc::clone(&SCHEMA)
}

/// The columns of event spans: a row per interval in which events were received.
#[must_use]
pub fn event_spans() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema(events::span_fields()));
    Arc::clone(&SCHEMA)
}

/// Refuses a batch of another table.
#[cfg(any(feature = "ipc", feature = "parquet"))]
pub(crate) fn check(batch: &crate::RecordBatch, schema: &SchemaRef) -> Result<(), ArrowError> {
    let is_same = Arc::ptr_eq(batch.schema_ref(), schema);
    if !is_same && batch.schema_ref().fields() != schema.fields() {
        return Err(ArrowError::SchemaError("the batch is not one of this table".to_owned()));
    }
    Ok(())
}

fn schema(fields: Vec<Field>) -> SchemaRef {
    let metadata = [(VERSION_KEY.to_owned(), VERSION.to_string())];
    Arc::new(Schema::new(fields).with_metadata(HashMap::from(metadata)))
}

/// A column that is never null.
fn always(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, false)
}

/// A column that may be null.
fn maybe(name: &str, kind: DataType) -> Field {
    Field::new(name, kind, true)
}

/// The type of texts that are repeated.
pub(crate) fn words() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The type of few different words.
fn few_words() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8))
}

/// The type of moments.
pub(crate) fn moment() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

/// The bytes of an address.
pub(crate) const IP_BYTES: i32 = 16;

fn socket_fields() -> Vec<Field> {
    use DataType::{Boolean, FixedSizeBinary, List, UInt16, UInt32, UInt64, Utf8};
    vec![
        always("host", words()),
        maybe("boot_id", words()),
        always("time", moment()),
        maybe("netns", UInt64),
        always("kind", few_words()),
        always("family", few_words()),
        always("state", few_words()),
        maybe("local_addr", words()),
        maybe("local_ip", FixedSizeBinary(IP_BYTES)),
        maybe("local_port", UInt16),
        maybe("remote_addr", words()),
        maybe("remote_ip", FixedSizeBinary(IP_BYTES)),
        maybe("remote_port", UInt16),
        maybe("uid", UInt32),
        maybe("inode", UInt64),
        maybe("cookie", UInt64),
        maybe("rx_queue", UInt32),
        maybe("tx_queue", UInt32),
        maybe("backlog", UInt32),
        maybe("drops", UInt32),
        maybe("interface", UInt32),
        maybe("type", few_words()),
        maybe("name", Utf8),
        maybe("protocol", UInt32),
        maybe("running", Boolean),
        maybe("port_id", UInt32),
        maybe("groups", UInt32),
        maybe("peer", UInt64),
        always("owners", List(owner())),
        maybe("rtt", UInt32),
        maybe("min_rtt", UInt32),
        maybe("total_retrans", UInt32),
        maybe("bytes_acked", UInt64),
        maybe("bytes_received", UInt64),
        maybe("bytes_sent", UInt64),
        maybe("bytes_retrans", UInt64),
        maybe("delivery_rate", UInt64),
        always("suspect", Boolean),
        maybe("community_id", Utf8),
    ]
}

fn snapshot_fields() -> Vec<Field> {
    use DataType::{Boolean, Int64, List, UInt64, Utf8};
    vec![
        always("host", Utf8),
        maybe("boot_id", Utf8),
        always("time", moment()),
        always("writer", moment()),
        always("sequence", UInt64),
        always("uptime", UInt64),
        maybe("clock_step", Int64),
        always("sockets", UInt64),
        always("complete", Boolean),
        always("gaps", List(text_item())),
        always("kinds", List(text_item())),
        maybe("scope", Utf8),
        always("lost", UInt64),
        always("tables", List(text_item())),
        maybe("aggregates", UInt64),
        maybe("aggregates_other", UInt64),
    ]
}

/// An item of a list of texts.
pub(crate) fn text_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Utf8, false))
}

/// An item of the list of owners.
pub(crate) fn owner() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(owner_fields()), false))
}

/// What each owner has.
pub(crate) fn owner_fields() -> Fields {
    use DataType::{UInt32, UInt64};
    Fields::from(vec![
        Field::new("pid", UInt32, false),
        Field::new("fd", UInt32, false),
        Field::new("comm", words(), false),
        Field::new("start_time", UInt64, true),
        Field::new("exe", words(), true),
        Field::new("unit", words(), true),
        Field::new("container", words(), true),
        Field::new("pod", words(), true),
    ])
}
