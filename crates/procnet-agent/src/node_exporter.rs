//! The metrics of node_exporter's network collectors: tcpstat, sockstat, netstat, softnet, conntrack and
//! udp_queues, of node_exporter 1.12.1 (collector/*_linux.go).

use procnet::{Scanner, counters};

use crate::{aggregates::OwnNamespace, otlp::STATES};

/// What a metric of the same name has in node_exporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A gauge.
    Gauge,
    /// A counter, whose name ends with `_total`.
    Counter,
    /// No type: node_exporter does not say which of its netstat fields count.
    Unknown,
}

/// A family: its name, without `_total`, its help, its type and its series.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name, without `_total`.
    pub name: String,
    /// Its help, as node_exporter has it.
    pub help: String,
    /// Its type.
    pub kind: Type,
    /// Label names and values, and the value of the series.
    pub series: Vec<(Vec<(&'static str, String)>, f64)>,
}

impl Family {
    fn one(name: String, help: String, kind: Type, value: f64) -> Family {
        Family { name, help, kind, series: vec![(Vec::new(), value)] }
    }
}

/// `node_tcp_connection_states` and `node_udp_queues`, of what a refresh has counted.
#[must_use]
pub fn of_sockets(own: &OwnNamespace) -> Vec<Family> {
    let mut states = Vec::new();
    // The names are those of collector/tcpstat_linux.go `String`.
    for (state, _, name) in STATES {
        let sockets = own.tcp_states[usize::from(state.0)];
        // node_exporter has a series for each state that there is.
        if sockets > 0 {
            states.push((vec![("state", name.to_owned())], sockets as f64));
        }
    }
    if !states.is_empty() {
        states.push((vec![("state", "rx_queued_bytes".to_owned())], own.tcp.receive as f64));
        states.push((vec![("state", "tx_queued_bytes".to_owned())], own.tcp.send as f64));
    }
    let queue = |queue: &str, ip: &str, bytes: u64| {
        (vec![("queue", queue.to_owned()), ("ip", ip.to_owned())], bytes as f64)
    };
    let queues = vec![
        queue("tx", "v4", own.udp.send),
        queue("rx", "v4", own.udp.receive),
        queue("tx", "v6", own.udp6.send),
        queue("rx", "v6", own.udp6.receive),
    ];
    vec![
        Family {
            name: "node_tcp_connection_states".to_owned(),
            help: "Number of connection states.".to_owned(),
            kind: Type::Gauge,
            series: states,
        },
        Family {
            name: "node_udp_queues".to_owned(),
            help: "Number of allocated memory in the kernel for UDP datagrams in bytes.".to_owned(),
            kind: Type::Gauge,
            series: queues,
        },
    ]
}

/// The families of files under /proc/net. What this kernel does not have is left out, as node_exporter
/// does; how many could not be read is returned beside them.
#[must_use]
pub fn of_files(scanner: &mut Scanner) -> (Vec<Family>, u64) {
    let (mut families, mut unread) = (Vec::new(), 0);
    let mut note = |error: &procnet::Error| unread += u64::from(!is_absent(error));
    match scanner.socket_counts() {
        Ok(counts) => sockstat(&counts, false, &mut families),
        Err(error) => note(&error),
    }
    match scanner.socket_counts6() {
        Ok(counts) => sockstat(&counts, true, &mut families),
        Err(error) => note(&error),
    }
    // Of netstat.go: fields of snmp take precedence over those of netstat of the same name.
    match scanner.netstat_counters(&[]) {
        Ok(counters) => netstat(&counters, &mut families),
        Err(error) => note(&error),
    }
    match scanner.protocol_counters(&[]) {
        Ok(counters) => netstat(&counters, &mut families),
        Err(error) => note(&error),
    }
    match scanner.snmp6_counters() {
        Ok(counters) => snmp6(&counters, &mut families),
        Err(error) => note(&error),
    }
    match scanner.softnet_stats() {
        Ok(stats) => softnet(&stats, &mut families),
        Err(error) => note(&error),
    }
    match scanner.conntrack_counts() {
        Ok(counts) => {
            for (name, help, value) in [
                (
                    "",
                    "Number of currently allocated flow entries for connection tracking.",
                    counts.count,
                ),
                ("_limit", "Maximum size of connection tracking table.", counts.max),
            ] {
                let name = format!("node_nf_conntrack_entries{name}");
                families.push(Family::one(name, help.to_owned(), Type::Gauge, value as f64));
            }
        }
        Err(error) => note(&error),
    }
    if let Ok(stats) = scanner.conntrack_stats() {
        conntrack(&stats, &mut families);
    }
    (families, unread)
}

/// Whether the kernel does not have what could not be read.
pub(crate) fn is_absent(error: &procnet::Error) -> bool {
    use procnet::ErrorKind;

    matches!(error.kind(), ErrorKind::Absent | ErrorKind::ConntrackNotLoaded)
}

/// The fields that procfs's `NetSockstatProtocol` has.
const SOCKSTAT: [&str; 6] = ["inuse", "orphan", "tw", "alloc", "mem", "memory"];

fn sockstat(counts: &counters::SocketCounts, is_ipv6: bool, families: &mut Vec<Family>) {
    let page = rustix::param::page_size() as f64;
    for protocol in &counts.protocols {
        if protocol.name == "sockets" {
            if let Some(used) = protocol.get("used").filter(|_| !is_ipv6) {
                let (name, help) = ("node_sockstat_sockets_used", "Number of IPv4 sockets in use.");
                families.push(Family::one(name.into(), help.into(), Type::Gauge, used as f64));
            }
            continue;
        }
        let mut push = |field: &str, value: f64| {
            let name = format!("node_sockstat_{}_{field}", protocol.name);
            let help = format!("Number of {} sockets in state {field}.", protocol.name);
            families.push(Family::one(name, help, Type::Gauge, value));
        };
        for field in SOCKSTAT {
            let Some(value) = protocol.get(field) else { continue };
            push(field, value as f64);
            if field == "mem" {
                push("mem_bytes", value as f64 * page);
            }
        }
    }
}

fn netstat(counters: &counters::ProtocolCounters, families: &mut Vec<Family>) {
    for protocol in &counters.protocols {
        for (name, value) in &protocol.counters {
            push_netstat(&protocol.name, name, *value as f64, families);
        }
    }
}

fn snmp6(counters: &counters::Snmp6Counters, families: &mut Vec<Family>) {
    for (name, value) in &counters.counters {
        // netstat_linux.go `parseSNMP6Stats` splits behind the first 6.
        if let Some(at) = name.find('6') {
            push_netstat(&name[..=at], &name[at + 1..], *value as f64, families);
        }
    }
}

fn push_netstat(protocol: &str, name: &str, value: f64, families: &mut Vec<Family>) {
    if !is_wanted(protocol, name) {
        return;
    }
    let metric = format!("node_netstat_{protocol}_{name}");
    let help = format!("Statistic {protocol}{name}.");
    families.push(Family::one(metric, help, Type::Unknown, value));
}

/// The default of node_exporter's `--collector.netstat.fields`.
fn is_wanted(protocol: &str, name: &str) -> bool {
    if matches!(name, "InErrors" | "InErrs") {
        return true;
    }
    match protocol {
        "Ip" => name == "Forwarding",
        "Ip6" | "IpExt" => matches!(name, "InOctets" | "OutOctets"),
        "Icmp" | "Icmp6" => matches!(name, "InMsgs" | "OutMsgs"),
        "TcpExt" => {
            name.starts_with("Listen")
                || name.starts_with("Syncookies")
                || matches!(name, "TCPSynRetrans" | "TCPTimeouts" | "TCPOFOQueue" | "TCPRcvQDrop")
        }
        "Tcp" => matches!(
            name,
            "ActiveOpens"
                | "InSegs"
                | "OutSegs"
                | "OutRsts"
                | "PassiveOpens"
                | "RetransSegs"
                | "CurrEstab"
        ),
        "Udp" | "Udp6" => matches!(
            name,
            "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors"
        ),
        _ => false,
    }
}

/// node_exporter's names and helps of the columns that have them here.
const SOFTNET: [(&str, &str, &str, Type); 7] = [
    ("processed", "node_softnet_processed", "Number of processed packets", Type::Counter),
    ("dropped", "node_softnet_dropped", "Number of dropped packets", Type::Counter),
    (
        "time_squeeze",
        "node_softnet_times_squeezed",
        "Number of times processing packets ran out of quota",
        Type::Counter,
    ),
    (
        "cpu_collision",
        "node_softnet_cpu_collision",
        "Number of collision occur while obtaining device lock while transmitting",
        Type::Counter,
    ),
    (
        "received_rps",
        "node_softnet_received_rps",
        "Number of times cpu woken up received_rps",
        Type::Counter,
    ),
    (
        "flow_limit_count",
        "node_softnet_flow_limit_count",
        "Number of times flow limit has been reached",
        Type::Counter,
    ),
    ("backlog_len", "node_softnet_backlog_len", "Softnet backlog status", Type::Gauge),
];

fn softnet(stats: &counters::SoftnetStats, families: &mut Vec<Family>) {
    for (column, name, help, kind) in SOFTNET {
        let each = (0_u32..).zip(&stats.cpus).map(|(line, cpu)| {
            let number = cpu.cpu.unwrap_or(line).to_string();
            (vec![("cpu", number)], f64::from(cpu.get(column).unwrap_or(0)))
        });
        let series = each.collect();
        families.push(Family { name: name.into(), help: help.into(), kind, series });
    }
}

/// node_exporter's names of the columns, with its help.
const CONNTRACK: [(&str, &str); 8] = [
    ("found", "Number of searched entries which were successful."),
    ("invalid", "Number of packets seen which can not be tracked."),
    ("ignore", "Number of packets seen which are already connected to a conntrack entry."),
    ("insert", "Number of entries inserted into the list."),
    ("insert_failed", "Number of entries for which list insertion was attempted but failed."),
    ("drop", "Number of packets dropped due to conntrack failure."),
    (
        "early_drop",
        "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    ),
    (
        "search_restart",
        "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
    ),
];

fn conntrack(stats: &counters::ConntrackStats, families: &mut Vec<Family>) {
    for (name, help) in CONNTRACK {
        let found = stats.summary().find(|(other, _)| *other == name);
        let value = found.map_or(0.0, |(_, value)| value as f64);
        let metric = format!("node_nf_conntrack_stat_{name}");
        families.push(Family::one(metric, help.into(), Type::Gauge, value));
    }
}
