//! The file as kernels print it.

use crate::render::{Host, Kernel};

/// A pair of lines: names, then values (net/ipv4/proc.c `snmp_seq_show`).
#[must_use]
pub fn pair(prefix: &[u8], counters: &[(Vec<u8>, i128)]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut line = |columns: Vec<Vec<u8>>| {
        text.extend(prefix);
        text.push(b':');
        for column in columns {
            text.push(b' ');
            text.extend(column);
        }
        text.push(b'\n');
    };
    line(counters.iter().map(|(name, _)| name.clone()).collect());
    line(counters.iter().map(|(_, value)| value.to_string().into_bytes()).collect());
    text
}

/// The names of a protocol's counters in a kernel's order; empty if it has no such pair.
#[must_use]
pub fn names(host: Host, prefix: &str) -> Vec<&'static str> {
    let since = |kernel: Kernel, names: &'static [&'static str]| -> &'static [&'static str] {
        if host.kernel >= kernel { names } else { &[] }
    };
    let parts: Vec<&[&str]> = match prefix {
        "Ip" => vec![&IP, since(Kernel::V6_12, &["OutTransmits"])],
        "Icmp" => vec![
            &["InMsgs", "InErrors"],
            since(Kernel::V4_4, &["InCsumErrors"]),
            &ICMP_IN,
            &["OutMsgs", "OutErrors"],
            since(Kernel::V6_1, &["OutRateLimitGlobal", "OutRateLimitHost"]),
            &ICMP_OUT,
        ],
        "Tcp" => vec![&TCP, since(Kernel::V4_4, &["InCsumErrors"])],
        "UdpLite" if host.kernel >= Kernel::V7_2 => vec![],
        "Udp" | "UdpLite" => vec![
            &UDP,
            since(Kernel::V4_4, &["InCsumErrors", "IgnoredMulti"]),
            since(Kernel::V6_1, &["MemErrors"]),
        ],
        _ => vec![],
    };
    parts.concat()
}

const IP: [&str; 19] = [
    "Forwarding",
    "DefaultTTL",
    "InReceives",
    "InHdrErrors",
    "InAddrErrors",
    "ForwDatagrams",
    "InUnknownProtos",
    "InDiscards",
    "InDelivers",
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
];

const ICMP_IN: [&str; 11] = [
    "InDestUnreachs",
    "InTimeExcds",
    "InParmProbs",
    "InSrcQuenchs",
    "InRedirects",
    "InEchos",
    "InEchoReps",
    "InTimestamps",
    "InTimestampReps",
    "InAddrMasks",
    "InAddrMaskReps",
];

const ICMP_OUT: [&str; 11] = [
    "OutDestUnreachs",
    "OutTimeExcds",
    "OutParmProbs",
    "OutSrcQuenchs",
    "OutRedirects",
    "OutEchos",
    "OutEchoReps",
    "OutTimestamps",
    "OutTimestampReps",
    "OutAddrMasks",
    "OutAddrMaskReps",
];

const TCP: [&str; 14] = [
    "RtoAlgorithm",
    "RtoMin",
    "RtoMax",
    "MaxConn",
    "ActiveOpens",
    "PassiveOpens",
    "AttemptFails",
    "EstabResets",
    "CurrEstab",
    "InSegs",
    "OutSegs",
    "RetransSegs",
    "InErrs",
    "OutRsts",
];

const UDP: [&str; 6] =
    ["InDatagrams", "NoPorts", "InErrors", "OutDatagrams", "RcvbufErrors", "SndbufErrors"];
