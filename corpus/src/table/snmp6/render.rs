//! The files as kernels print them.

use super::naive::Row;
use crate::render::{Host, Kernel};

/// A line, with its `\n`: net/ipv6/proc.c `snmp6_seq_show_item`.
#[must_use]
pub fn row(row: &Row) -> Vec<u8> {
    let mut line = row.name.clone();
    line.resize(line.len().max(32), b' ');
    line.extend(format!("\t{}\n", row.value).bytes());
    line
}

/// The names of a host's counters in its order, except for those of single ICMP types; for an
/// interface only those of IP and ICMP.
#[must_use]
pub fn names(host: Host, interface: bool) -> Vec<String> {
    let since = |kernel: Kernel, names: &'static [&'static str]| -> &'static [&'static str] {
        if host.kernel >= kernel { names } else { &[] }
    };
    let named = |prefix: &str, parts: &[&[&str]]| -> Vec<String> {
        parts.concat().iter().map(|name| format!("{prefix}{name}")).collect()
    };
    let ip = named(
        "Ip6",
        &[
            &IP,
            since(Kernel::V3_0, &IP_OCTETS),
            since(Kernel::V4_4, &IP_ECN),
            since(Kernel::V6_12, &["OutTransmits"]),
        ],
    );
    let icmp = named(
        "Icmp6",
        &[
            &["InMsgs", "InErrors", "OutMsgs"],
            since(Kernel::V4_4, &["OutErrors", "InCsumErrors"]),
            since(Kernel::V6_1, &["OutRateLimitHost"]),
            &ICMP_TYPES,
        ],
    );
    if interface {
        return [ip, icmp].concat();
    }
    let udp = |prefix: &str, multi: bool| {
        named(
            prefix,
            &[
                &["InDatagrams", "NoPorts", "InErrors", "OutDatagrams"],
                since(Kernel::V3_0, &["RcvbufErrors", "SndbufErrors"]),
                since(Kernel::V4_4, &["InCsumErrors"]),
                if multi { since(Kernel::V4_4, &["IgnoredMulti"]) } else { &[] },
                since(Kernel::V6_1, &["MemErrors"]),
            ],
        )
    };
    let lite = if host.kernel >= Kernel::V7_2 { Vec::new() } else { udp("UdpLite6", false) };
    [ip, icmp, udp("Udp6", true), lite].concat()
}

const IP: [&str; 22] = [
    "InReceives",
    "InHdrErrors",
    "InTooBigErrors",
    "InNoRoutes",
    "InAddrErrors",
    "InUnknownProtos",
    "InTruncatedPkts",
    "InDiscards",
    "InDelivers",
    "OutForwDatagrams",
    "OutRequests",
    "OutDiscards",
    "OutNoRoutes",
    "ReasmTimeout",
    "ReasmReqds",
    "ReasmOKs",
    "ReasmFails",
    "FragOKs",
    "FragFails",
    "FragCreates",
    "InMcastPkts",
    "OutMcastPkts",
];

const IP_OCTETS: [&str; 6] =
    ["InOctets", "OutOctets", "InMcastOctets", "OutMcastOctets", "InBcastOctets", "OutBcastOctets"];

const IP_ECN: [&str; 4] = ["InNoECTPkts", "InECT1Pkts", "InECT0Pkts", "InCEPkts"];

const ICMP_TYPES: [&str; 8] = [
    "InDestUnreachs",
    "InPktTooBigs",
    "InEchos",
    "InNeighborSolicits",
    "OutDestUnreachs",
    "OutPktTooBigs",
    "OutEchoReplies",
    "OutNeighborAdvertisements",
];
