//! `procnet sockets`, and `procnet` without a subcommand.

use procnet::{Query, Source};

use super::{Grouping, Host, Printing, Selection, Summary, Watch, top::needs_owners};
use crate::{error::Error, row::Tell};

const EXAMPLES: &str = "\
Examples:
  procnet sockets -tul                           open ports
  procnet sockets -tanp                          as typed for ss
  procnet sockets state established dst 10.0.0.0/8 and not dport = :https
  procnet sockets --state estab,time-wait        as ss or the kernel write them
  procnet sockets --port 443                     who is behind a port
  procnet sockets --process 'postgres*' -l       where a program listens
  procnet sockets -ltpp                          with units, containers, command lines
  procnet sockets --pid 4242                     of one process, in its network
  procnet sockets --netns all -lt                in all network namespaces
  procnet sockets --group-by remote,state        how many, by peer
  procnet sockets -t --sort send-q --max 5       who is not read from
  procnet sockets -t --watch 2                   what comes and goes
  procnet sockets --events | jq -c .event        the same for a program
  procnet sockets -ti dst 192.0.2.7              round-trip times, retransmissions
  procnet sockets --no-owners --format csv       fast: looks at no process
  procnet sockets --root /host/proc              the host's, from a container

On a terminal that is too narrow, a table leaves out columns that hold only
zeros, then cuts texts (…). Into a file or a pipe, and with --wide, it prints all.

For those who know ss: the letters -t -u -w -x -0 -4 -6 -l -a -n -p -e -i -m -o
-s -H -A -B -N -f and -E are the same, and so are expressions. Unlike ss, procnet
lists sockets in all states unless told otherwise, and their owners; names of
hosts and services are never looked up.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sockets {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) columns: Columns,
    #[command(flatten)]
    pub(crate) grouping: Grouping,
    /// Print at most this many sockets, or groups.
    #[arg(long, value_name = "N")]
    pub(crate) max: Option<u64>,
    /// Count them instead, as `procnet summary` does.
    #[arg(long, short, conflicts_with_all = ["group_by", "sort", "watch"])]
    pub(crate) summary: bool,
    #[command(flatten)]
    pub(crate) watch: Watch,
    /// Print what appears, changes and vanishes, as an object a line, and nothing else. It
    /// looks each second, or as --watch says; what lives shorter is not seen.
    #[arg(long, short = 'E', help_heading = "Again and again")]
    #[arg(conflicts_with_all = ["summary", "group_by", "sort", "max"])]
    pub(crate) events: bool,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// What is told of each socket.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "What of each socket")]
pub(crate) struct Columns {
    /// Who owns it, which is told anyway; -pp as --process-detail. Of -p and --no-owners the
    /// last counts.
    #[arg(long, short, action = clap::ArgAction::Count, overrides_with = "no_owners")]
    processes: u8,
    /// Of each owner also its parent, program, command line, control group, container and unit.
    #[arg(long, conflicts_with = "no_owners")]
    process_detail: bool,
    /// Do not look for owners, which is most of the work.
    #[arg(long, overrides_with = "processes")]
    pub(crate) no_owners: bool,
    /// Also the interface it is bound to, cookie, control group, mark and the like; of unix
    /// sockets the other end.
    #[arg(long, short)]
    extended: bool,
    /// Also what TCP knows of the connection: round-trip times, windows, retransmissions.
    #[arg(long, short)]
    info: bool,
    /// Also the memory that it takes, and its limits.
    #[arg(long, short)]
    memory: bool,
    /// Also the timer that runs.
    #[arg(long, short = 'o', visible_alias = "options")]
    timer: bool,
    /// Also TCP sockets that are bound, but neither listen nor are connected.
    #[arg(long, short = 'B', visible_alias = "bound-inactive")]
    bound: bool,
    /// Numbers instead of names of hosts and services, which is what is printed anyway.
    #[arg(long, short)]
    numeric: bool,
}

impl Sockets {
    pub(crate) fn query(&self) -> Result<Query, Error> {
        let query = self.unlimited()?;
        Ok(match self.max {
            // Sorted, the first of all are wanted.
            Some(max) if self.grouping.sort.fields.is_empty() => query.limit(max),
            _ => query,
        })
    }

    /// The query without a limit.
    pub(crate) fn unlimited(&self) -> Result<Query, Error> {
        let query = Query::new().owners(!self.columns.no_owners);
        let (details, bound) = (self.tell().details(), self.columns.bound);
        if !bound && details.is_empty() && !self.columns.extended {
            return self.selection.narrow(query);
        }
        // Only socket diagnostics tell them: where nothing else is said, they are asked.
        let query = query.source(Source::Auto).details(details).bound(bound);
        self.selection.narrow(query)
    }

    /// What is told of each socket.
    pub(crate) fn tell(&self) -> Tell {
        let Columns { extended, info, memory, timer, processes, process_detail, .. } = self.columns;
        let addressless = self.selection.has_addressless();
        let netns = self.selection.tells_netns();
        let processes = processes > 1 || process_detail;
        Tell { netns, timer, extended, memory, info, addressless, processes }
    }

    /// The same sockets, to be counted by what they have in common.
    pub(crate) fn grouped(&self) -> Result<Query, Error> {
        let owners = needs_owners(&self.grouping.group_by);
        self.selection.narrow(Query::new().owners(owners))
    }

    /// The same sockets, to be summed up.
    pub(crate) fn counted(self) -> Summary {
        let Sockets { selection, host, printing, .. } = self;
        Summary { selection, all_ports: false, host, printing }
    }
}
