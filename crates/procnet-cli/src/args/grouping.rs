//! Sorting and grouping.

use clap::ValueEnum as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _, ValueParser};

use crate::field::Field;

/// Sorting and grouping of sockets.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Order")]
pub(crate) struct Grouping {
    /// Count sockets by FIELD instead of listing them; may be a comma-separated list. A socket
    /// shared by several processes counts for each
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = groups())]
    pub(crate) group_by: Vec<Field>,
    #[command(flatten)]
    pub(crate) sort: Sort,
}

/// The order of rows.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Order")]
pub(crate) struct Sort {
    /// Sort by FIELD; may be a comma-separated list. Queues, times and counts sort in descending
    /// order, the rest in ascending order. By default, sockets are in the kernel's order, tables of
    /// listeners are sorted by port, and groups by their number of sockets
    #[arg(id = "sort", long, value_name = "FIELD", value_delimiter = ',', value_enum)]
    pub(crate) fields: Vec<Field>,
    /// Reverse the order
    #[arg(long, requires = "sort")]
    pub(crate) reverse: bool,
}

pub(super) fn groups() -> ValueParser {
    one_of(Field::GROUPS)
}

/// One of these fields.
pub(super) fn one_of(fields: impl IntoIterator<Item = Field>) -> ValueParser {
    let values = fields.into_iter().filter_map(|field| field.to_possible_value());
    PossibleValuesParser::new(values).try_map(|name| Field::from_str(&name, false)).into()
}
