//! `procnet top`.

use procnet::Query;

use super::{Host, OwnSockets, Printing, Selection, Watch, grouping::Sort, number};
use crate::{error::Error, field::Field};

const EXAMPLES: &str = "\
Examples:
  procnet top                             processes with the most sockets
  procnet top --by remote --state estab   peers with the most connections
  procnet top --by comm,state --max 5     programs that do not close connections
  procnet top --by unit,container         services with the most sockets
  procnet top --by port -l --sort recv-q  listeners that fall behind
  procnet top --watch 2                   refresh every two seconds

`procnet sockets --group-by process` prints the same for all groups.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Top {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Group by FIELD; may be a comma-separated list. A socket shared by several processes counts
    /// for each
    #[arg(long, visible_alias = "group-by", value_name = "FIELD", value_delimiter = ',')]
    #[arg(value_parser = super::grouping::groups(), default_value = "process")]
    pub(crate) by: Vec<Field>,
    #[command(flatten)]
    pub(crate) sort: Sort,
    /// Print at most N groups
    #[arg(long, value_name = "N", default_value_t = 10)]
    #[arg(value_parser = number::max::<usize>, allow_negative_numbers = true)]
    pub(crate) max: usize,
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) own: OwnSockets,
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

/// Whether a field requires the owners of sockets.
pub(crate) fn needs_owners(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.needs_owners())
}
