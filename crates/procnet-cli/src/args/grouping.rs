//! In which order, and in which groups.

use clap::ValueEnum as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _, ValueParser};

use crate::field::Field;

/// How sockets are sorted and grouped.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Order")]
pub(crate) struct Grouping {
    /// Count sockets that have this in common, instead of listing them; may be a list with
    /// commas. A socket that several processes hold is counted for each.
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = groups())]
    pub(crate) group_by: Vec<Field>,
    #[command(flatten)]
    pub(crate) sort: Sort,
}

/// In which order rows are printed.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Order")]
pub(crate) struct Sort {
    /// Sort by this; may be a list with commas. Queues and counts begin with the most, the
    /// rest with the least. Unless told, sockets come as the kernel gives them, and groups
    /// by how many sockets they have.
    #[arg(id = "sort", long, value_name = "FIELD", value_delimiter = ',', value_enum)]
    pub(crate) fields: Vec<Field>,
    /// The other way round.
    #[arg(long, requires = "sort")]
    pub(crate) reverse: bool,
}

pub(super) fn groups() -> ValueParser {
    let values = Field::GROUPS.into_iter().filter_map(|field| field.to_possible_value());
    PossibleValuesParser::new(values).try_map(|name| Field::from_str(&name, false)).into()
}
