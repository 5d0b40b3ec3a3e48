//! `procnet sockets`, and `procnet` without a subcommand.

use std::path::PathBuf;

use procnet::{Kinds, Query, Source};

use super::{
    EventSource, Grouping, Host, Kill, OwnSockets, Printing, Selection, Sort, States, Summary,
    Watch, grouping::one_of, number::max, top::needs_owners,
};
use crate::{
    error::Error,
    field::Field,
    output::Purpose,
    row::{Extras, OwnerFields},
};

const EXAMPLES: &str = "\
Examples:
  procnet sockets -tul                           open ports
  procnet sockets -tanp                          options of ss
  procnet sockets state established dst 10.0.0.0/8 and not dport = :https
  procnet sockets --state estab,time-wait        names of ss or the kernel
  procnet sockets --port 443                     processes using a port
  procnet sockets --process 'postgres*' -l       ports a program listens on
  procnet sockets -ltpp                          with units, containers, command lines
  procnet sockets -t --fields pod,container      with pods and containers
  procnet sockets -l --unit nginx                where a systemd unit listens
  procnet sockets --pid 4242                     sockets of one process
  procnet sockets --netns all -lt                all network namespaces
  procnet sockets --group-by remote,state        counts by peer and state
  procnet sockets -t --sort send-q --max 5       peers that do not read
  procnet sockets --sort retrans --max 9         connections that lose segments
  procnet sockets -t --watch 2                   refresh, marking changes
  procnet sockets --events | jq -c .event        changes, for scripts
  procnet sockets -ti dst 192.0.2.7              round-trip times, retransmissions
  procnet sockets --no-owners --format csv       fast: reads no processes
  procnet sockets --root /host/proc              the host, from a container
  procnet sockets -K dst 192.0.2.7               close connections, after confirmation

On a narrow terminal, a table drops columns of zeros, then cuts texts (…). To a
file or a pipe, and with --wide, everything is printed.

The options -t -u -w -x -0 -4 -6 -l -a -n -r -p -e -i -m -o -b -s -H -A -B -D -F -N
-f -O -Q -E -Z -z and -K and filter expressions are those of ss. Unlike ss, procnet lists sockets in all
states and their owners by default, and resolves host names only with -r; --services, ports.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sockets {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) columns: Columns,
    #[command(flatten)]
    pub(crate) grouping: Grouping,
    /// Print at most N sockets or groups
    #[arg(long, value_name = "N", value_parser = max::<u64>, allow_negative_numbers = true)]
    pub(crate) max: Option<u64>,
    /// Print counts instead, as `procnet summary --kernel`
    #[arg(long, short, conflicts_with_all = ["group_by", "sort", "watch"])]
    pub(crate) summary: bool,
    #[command(flatten)]
    pub(crate) watch: Watch,
    #[command(flatten)]
    pub(crate) own: OwnSockets,
    /// Print sockets that appear, change, vanish or end, as one JSON object per line. Checks every
    /// second, or every --watch SECONDS; TCP and UDP sockets with a shorter life are reported when
    /// they end, others are missed, and a change of owners may be reported late: see --watch
    #[arg(long, short = 'E', help_heading = "Refresh")]
    #[arg(conflicts_with_all = ["summary", "group_by", "sort", "max"])]
    pub(crate) events: bool,
    /// How to detect closed sockets: by BPF programs on the kernel's tracepoints (bpf: owner, duration
    /// and bytes of each TCP connection, however short), by notifications of sock_diag (netlink: needs
    /// no privilege), or by BPF where it is permitted (auto). UDP always uses sock_diag
    #[arg(long, value_enum, value_name = "SOURCE", default_value_t, help_heading = "Refresh")]
    #[arg(hide_possible_values = true, requires = "events")]
    pub(crate) event_source: EventSource,
    /// Watch for the first send or receive of each socket: connections that their peer resets then
    /// have an owner, and UDP sockets an owner and a time. By BPF, since Linux 6.3; slows down every
    /// send and receive on the host by 0.1 to 0.4 µs
    #[arg(long, help_heading = "Refresh", requires = "events")]
    pub(crate) first_use: bool,
    #[command(flatten)]
    pub(crate) kill: Kill,
    /// Write the messages of sock_diag to FILE (- for standard output) as the kernel sends them, as `ss -D`
    /// does: of TCP, or of one protocol that is selected. Prints no sockets; for `procnet decode diag`
    #[arg(long, short = 'D', value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    #[arg(help_heading = "Output")]
    #[arg(conflicts_with_all = ["summary", "group_by", "watch", "events", "max", "sort", "kill"])]
    pub(crate) diag: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

/// Columns of sockets.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Columns")]
pub(crate) struct Columns {
    /// Owners (default); -pp for --process-detail. The last of -p and --no-owners wins
    #[arg(long, short, action = clap::ArgAction::Count, overrides_with = "no_owners")]
    processes: u8,
    /// Parent, program, command line, cgroup, container and unit of each owner
    #[arg(long, conflicts_with = "no_owners")]
    process_detail: bool,
    /// What the owners run in, each as a column: cgroup, unit, container, pod; may be a
    /// comma-separated list
    #[arg(long, value_name = "FIELD", value_delimiter = ',', conflicts_with = "no_owners")]
    #[arg(value_parser = one_of(Field::OF_OWNERS), hide_possible_values = true)]
    fields: Vec<Field>,
    /// The threads that hold each socket. Reads the descriptors of every thread, which takes long
    #[arg(long, short = 'T', conflicts_with_all = ["no_owners", "watch", "events"])]
    threads: bool,
    /// The security context of each owner, of SELinux or another security module; -z for those of their
    /// sockets, too
    #[arg(long, short = 'Z', conflicts_with_all = ["no_owners", "watch", "events"])]
    context: bool,
    /// The security contexts of each owner and of its socket, of which only SELinux has the latter
    #[arg(long, short = 'z', conflicts_with_all = ["no_owners", "watch", "events"])]
    contexts: bool,
    /// Do not search for owners, which takes most of the time
    #[arg(long, overrides_with = "processes")]
    pub(crate) no_owners: bool,
    /// Bound interface, cookie, cgroup, mark and others; the peer of unix sockets
    #[arg(long, short)]
    extended: bool,
    /// TCP internals: round-trip times, windows, retransmissions; -ii for all of them, in lines below
    /// each socket as ss prints them. That includes the keys of MD5 signatures
    #[arg(long, short, action = clap::ArgAction::Count)]
    info: u8,
    /// Socket memory and its limits
    #[arg(long, short)]
    memory: bool,
    /// Type of service, traffic class, and class ID or priority
    #[arg(long)]
    tos: bool,
    /// The path of the cgroup (v2) in which each socket was created
    #[arg(long)]
    cgroup_path: bool,
    /// Socket options that are set, in a line below each socket
    #[arg(long)]
    inet_sockopt: bool,
    /// The filters of classic BPF attached to packet sockets, in a line below each. Needs CAP_NET_ADMIN
    #[arg(long, short)]
    bpf: bool,
    /// What BPF maps keep with TCP, UDP and raw sockets, in lines below each, in hexadecimal. Needs CAP_BPF
    #[arg(long)]
    bpf_maps: bool,
    /// The same of the map with this ID; may be given several times. Needs CAP_SYS_ADMIN
    #[arg(long, value_name = "MAP-ID", conflicts_with = "bpf_maps")]
    bpf_map_id: Vec<u32>,
    /// The running timer
    #[arg(long, short = 'o', visible_alias = "options")]
    timer: bool,
    /// Also list TCP sockets that are bound, but neither listening nor connected
    #[arg(long, short = 'B', visible_alias = "bound-inactive")]
    bound: bool,
    /// Numeric hosts, and services (default); the last of -n, -r and --services wins
    #[arg(long, short, overrides_with_all = ["services", "resolve"])]
    numeric: bool,
    /// Show addresses by the names that the host's resolver has for them. Waits three seconds for
    /// all of them at most; a watch does not wait, and shows them when they are known; with --events, a
    /// line waits 0.2 seconds
    #[arg(long, short)]
    resolve: bool,
    /// Show ports in tables by their names in IANA's registry, if they are well known
    #[arg(long, overrides_with = "numeric")]
    services: bool,
    /// Leave the columns of queues out of tables
    #[arg(long, short = 'Q')]
    no_queues: bool,
    /// One line for each socket, as without it; does not remove the lines that -ii, -b and others add
    #[arg(long, short = 'O')]
    oneline: bool,
}

impl Sockets {
    pub(crate) fn query(&self) -> Result<Query, Error> {
        let query = self.unlimited()?;
        Ok(match self.max {
            // Sorting needs all sockets.
            Some(max) if self.sort().fields.is_empty() => query.limit(max),
            _ => query,
        })
    }

    /// The order: as asked for. By default, a table of listeners is sorted by port.
    pub(crate) fn sort(&self) -> Sort {
        let mut sort = self.grouping.sort.clone();
        let is_table = self.printing.format.purpose() == Purpose::Display;
        if sort.fields.is_empty() && is_table && self.selection.is_of_listeners() {
            sort.fields.push(Field::Port);
        }
        sort
    }

    /// The query without a limit.
    pub(crate) fn unlimited(&self) -> Result<Query, Error> {
        let query = Query::new().owners(!self.columns.no_owners);
        let (details, bound) = (self.extras().details(), self.columns.bound);
        if !bound && details.is_empty() && !self.columns.extended {
            return self.selection.narrow(query);
        }
        // Only sock_diag provides these, so it is the default source.
        let query = query.source(Source::Auto).details(details).bound(bound);
        let query = query.storage_maps(self.columns.bpf_map_id.iter().copied());
        self.selection.narrow(query)
    }

    /// The query for sockets to close. By default, they are those that `ss -K` would close: connections.
    pub(crate) fn to_kill(&self) -> Result<Query, Error> {
        let query = Query::new().kinds(Kinds::INET).owners(!self.columns.no_owners);
        let query = query.details(self.extras().details()).bound(self.columns.bound);
        let query = self.selection.narrow(query)?;
        let query =
            if self.selection.names_states() { query } else { query.states(States::connected().0) };
        // No other source reports the cookies of all sockets.
        match self.selection.may_use_sock_diag() || self.selection.is_of_sock_diag() {
            true => Ok(query.source(Source::Netlink)),
            false => Err(Error::KillSource),
        }
    }

    /// The query for messages of sock_diag.
    pub(crate) fn to_record(&self) -> Result<Query, Error> {
        let kinds = self.selection.kinds().unwrap_or(Kinds::TCP);
        let is_in = |one: &Kinds| kinds.iter().all(|kind| (*one | Kinds::UNIX).contains(kind));
        if ![Kinds::TCP, Kinds::UDP, Kinds::UDPLITE, Kinds::RAW].iter().any(is_in) {
            return Err(Error::DiagKinds);
        }
        let query = Query::new().kinds(kinds).owners(false);
        let query = query.details(self.extras().details()).bound(self.columns.bound);
        self.selection.narrow(query)
    }

    /// Whether a list shows owners.
    pub(crate) fn shows_owners(&self) -> bool {
        !self.columns.no_owners
    }

    /// The optional columns of sockets.
    pub(crate) fn extras(&self) -> Extras {
        let Columns { extended, info, memory, timer, processes, process_detail, .. } = self.columns;
        let Columns { services, no_queues, resolve, .. } = self.columns;
        let Columns { numeric, tos, cgroup_path, inet_sockopt, threads, bpf, .. } = self.columns;
        let owner_fields = OwnerFields::of(&self.columns.fields);
        let packet_netlink = self.selection.has_packet_netlink();
        let other_families = self.selection.has_other_families();
        let netns = self.selection.has_netns();
        let processes = processes > 1 || process_detail;
        let interface_names = self.host.is_own() && self.selection.is_in_own_netns();
        let extras = Extras {
            netns,
            timer,
            extended,
            memory,
            info: info > 0,
            all_info: info > 1,
            tos,
            cgroups: cgroup_path,
            sockopt: inet_sockopt,
            contexts: self.columns.context || self.columns.contexts,
            socket_contexts: self.columns.contexts,
            bpf,
            storages: self.columns.bpf_maps || !self.columns.bpf_map_id.is_empty(),
            threads,
            numeric,
            packet_netlink,
            other_families,
            processes,
            interface_names,
            services,
            no_queues,
            owner_fields,
            resolve,
            ..Extras::NONE
        };
        extras.with_sorted(&self.grouping.sort.fields)
    }

    /// Whether addresses are shown by name.
    pub(crate) fn resolves(&self) -> bool {
        self.columns.resolve
    }

    /// The query for groups of sockets.
    pub(crate) fn grouped(&self) -> Result<Query, Error> {
        let owners = needs_owners(&self.grouping.group_by);
        self.selection.narrow(Query::new().owners(owners))
    }

    /// The arguments of `procnet summary` for the same sockets.
    pub(crate) fn into_summary(self) -> Summary {
        let Sockets { selection, host, printing, .. } = self;
        Summary { selection, all_ports: false, kernel: true, host, printing }
    }
}
