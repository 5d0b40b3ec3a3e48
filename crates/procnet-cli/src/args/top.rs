//! `procnet top`.

use procnet::Query;

use super::{Host, Printing, Selection, Watch, grouping::Sort};
use crate::{error::Error, field::Field};

const EXAMPLES: &str = "\
Examples:
  procnet top                             which processes hold most sockets
  procnet top --by remote --state estab   which peers have most connections
  procnet top --by comm,state --max 5     programs that forget to close
  procnet top --by unit,container         which services
  procnet top --by port -l --sort recv-q  listeners that do not keep up
  procnet top --watch 2                   who is getting more

`procnet sockets --group-by process` prints the same, and every group.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Top {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// What the sockets of a group have in common; may be a list with commas. A socket that
    /// several processes hold is counted for each.
    #[arg(long, visible_alias = "group-by", value_name = "FIELD", value_delimiter = ',')]
    #[arg(value_parser = super::grouping::groups(), default_value = "process")]
    pub(crate) by: Vec<Field>,
    #[command(flatten)]
    pub(crate) sort: Sort,
    /// Print at most this many groups.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) max: usize,
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

impl Top {
    pub(crate) fn query(&self) -> Result<Query, Error> {
        self.selection.narrow(Query::new().owners(needs_owners(&self.by)))
    }
}

/// Whether processes have to be looked at for these.
pub(crate) fn needs_owners(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.needs_owners())
}
