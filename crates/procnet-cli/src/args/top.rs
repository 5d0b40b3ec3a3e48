//! `procnet top`.

use procnet::Query;

use super::{
    Host, OwnSockets, Printing, Selection, Watch,
    grouping::{Sort, one_of},
    number,
};
use crate::{error::Error, field::Field};

const EXAMPLES: &str = "\
Examples:
  procnet top                             processes with the most sockets
  procnet top --by remote --state estab   peers with the most connections
  procnet top --by comm,state --max 5     programs that do not close connections
  procnet top --by unit,container         services with the most sockets
  procnet top --by port -l --sort recv-q  listeners that fall behind
  procnet top --watch 2                   refresh every two seconds
  procnet top --by rate --watch           processes with the most traffic of TCP

`procnet sockets --group-by process` prints the same for all groups.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Top {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Group by FIELD; may be a comma-separated list. A socket shared by several processes counts
    /// for each. A quantity, such as recv-q or in a watch rate, sets the order instead; groups are by
    /// process if no other field is given
    #[arg(long, visible_alias = "group-by", value_name = "FIELD", value_delimiter = ',')]
    #[arg(value_parser = one_of(Field::GROUPS.into_iter().chain(Field::TOTALS)))]
    #[arg(default_value = "process")]
    by: Vec<Field>,
    #[command(flatten)]
    sort: Sort,
    /// Print at most N groups [default: 10; in a watch on a terminal, as many as fit]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = number::max::<usize>, allow_negative_numbers = true)]
    max: Option<usize>,
    /// Show addresses by the names that the host's resolver has for them
    #[arg(long, short)]
    pub(crate) resolve: bool,
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) own: OwnSockets,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// How many groups are printed by default.
const MAX: usize = 10;

impl Top {
    pub(crate) fn query(&self) -> Result<Query, Error> {
        self.selection.narrow(Query::new().owners(needs_owners(&self.by())))
    }

    /// What to group by.
    pub(crate) fn by(&self) -> Vec<Field> {
        let groups: Vec<Field> = self.by.iter().filter(|by| !by.is_total()).copied().collect();
        if groups.is_empty() { vec![Field::Process] } else { groups }
    }

    /// The order: what was asked for, then the amounts among what to group by.
    pub(crate) fn sort(&self) -> Sort {
        let mut sort = self.sort.clone();
        sort.fields.extend(self.by.iter().filter(|by| by.is_total()));
        sort
    }

    /// The most groups to print. On a screen, all of them can be scrolled to.
    pub(crate) fn max(&self, is_on_screen: bool) -> Option<usize> {
        self.max.or((!is_on_screen).then_some(MAX))
    }
}

/// Whether a field requires the owners of sockets.
pub(crate) fn needs_owners(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.needs_owners())
}
