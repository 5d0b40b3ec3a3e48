//! The kernel's own counts, which `ss -s` prints (misc/ss.c `print_summary`), and its choice of ports.

use procnet::{ProcRoot, Scanner};

use super::Count;
use crate::{Outcome, error::Error, messages::message, table::sockstat};

/// Protocols of net/sockstat and net/sockstat6, and the kinds that `ss -s` counts by them.
const IN_USE: [(&str, &str); 8] = [
    ("RAW", "raw"),
    ("RAW6", "raw6"),
    ("UDP", "udp"),
    ("UDP6", "udp6"),
    ("TCP", "tcp"),
    ("TCP6", "tcp6"),
    ("FRAG", "frag"),
    ("FRAG6", "frag6"),
];

/// Adds the counts of net/sockstat, net/sockstat6 and net/snmp. They are those of the network
/// namespace, and cover sockets that no table lists, as orphans and closed ones.
pub(super) fn counts(scanner: &mut Scanner, counts: &mut Vec<Count>) -> Result<Outcome, Error> {
    let ipv4 = match scanner.socket_counts() {
        Ok(counts) => counts,
        Err(error) => {
            message!("{error}");
            return Ok(Outcome::Partial);
        }
    };
    let (ipv6, outcome) = sockstat::of_ipv6(scanner)?;
    let mut outcome = outcome.and(sockstat::doubts(&ipv4, &ipv6));
    let value = |protocol: &str, name: &str| -> Option<u64> {
        let protocol = ipv4.get(protocol).or_else(|| ipv6.get(protocol))?;
        protocol.get(name).and_then(|value| u64::try_from(value).ok())
    };
    counts.extend(value("sockets", "used").map(|used| Count::new("kernel", "used", used)));
    match scanner.protocol_counters(&["Tcp"]) {
        Ok(snmp) => {
            let established = snmp.get("Tcp").and_then(|tcp| tcp.get("CurrEstab"));
            let established = established.and_then(|value| u64::try_from(value).ok());
            counts.extend(established.map(|it| Count::of("kernel", "tcp", "established", it)));
        }
        Err(error) => {
            message!("{error}");
            outcome = Outcome::Partial;
        }
    }
    // Allocated, and in no hash table: neither bound nor connected any more. What is in TIME_WAIT is no
    // longer counted as allocated, nor as in use (net/ipv4/inet_timewait_sock.c
    // `inet_twsk_hashdance_schedule`); `ss -s` takes it for a part of those in use.
    let hashed = value("TCP", "inuse").map(|ipv4| ipv4 + value("TCP6", "inuse").unwrap_or(0));
    let closed = value("TCP", "alloc").zip(hashed).map(|(all, hashed)| all.saturating_sub(hashed));
    let waiting = value("TCP", "tw");
    for (key, value) in
        [("closed", closed), ("orphaned", value("TCP", "orphan")), ("time_wait", waiting)]
    {
        counts.extend(value.map(|value| Count::of("kernel", "tcp", key, value)));
    }
    for (protocol, kind) in IN_USE {
        counts.extend(value(protocol, "inuse").map(|it| Count::of("kernel", kind, "inuse", it)));
    }
    Ok(outcome)
}

/// The ports that the kernel chooses: as set, else its default (net/ipv4/af_inet.c
/// `inet_init_net`).
pub(super) fn ephemeral_ports(root: &ProcRoot) -> (u16, u16) {
    let file = root.path().join("sys/net/ipv4/ip_local_port_range");
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut bounds = text.split_whitespace().map_while(|bound| bound.parse().ok());
    match (bounds.next(), bounds.next()) {
        (Some(first), Some(last)) => (first, last),
        _ => (32768, 60999),
    }
}
