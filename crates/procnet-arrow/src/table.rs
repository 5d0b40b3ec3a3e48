//! The tables.

use arrow_schema::SchemaRef;

use crate::schema;

/// A table: a schema, and a directory below that of a `parquet::Store`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// A row per socket and look.
    Sockets,
    /// A row per group of sockets and look.
    Aggregates,
    /// A row per look, which says what could not be seen.
    Snapshots,
    /// A row per socket that began or ended.
    Events,
    /// A row per interval in which events were received, which says what was lost.
    EventSpans,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 5] =
        [Table::Sockets, Table::Aggregates, Table::Snapshots, Table::Events, Table::EventSpans];

    /// Its name: that of its directory.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Sockets => "sockets",
            Table::Aggregates => "aggregates",
            Table::Snapshots => "snapshots",
            Table::Events => "events",
            Table::EventSpans => "event_spans",
        }
    }

    /// The table whose rows say what those of this one cover: of a `parquet::Store`, files of the same name in
    /// both belong together. Itself if it is such a table.
    #[cfg(feature = "parquet")]
    #[must_use]
    pub fn cover(self) -> Table {
        crate::parquet::Group::of(self).cover
    }

    /// Its columns.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        match self {
            Table::Sockets => schema::sockets(),
            Table::Aggregates => schema::aggregates(),
            Table::Snapshots => schema::snapshots(),
            Table::Events => schema::events(),
            Table::EventSpans => schema::event_spans(),
        }
    }
}
