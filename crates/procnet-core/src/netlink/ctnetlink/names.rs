//! The names that the kernel prints for numbers.

/// The name of a network protocol (net/netfilter/nf_conntrack_standalone.c `l3proto_name`).
pub(super) fn network(number: u8) -> &'static [u8] {
    match number {
        2 => b"ipv4",
        10 => b"ipv6",
        _ => b"unknown",
    }
}

/// The name of a transport protocol (net/netfilter/nf_conntrack_standalone.c `l4proto_name`).
pub(super) fn transport(number: u8) -> &'static [u8] {
    match number {
        1 => b"icmp",
        6 => b"tcp",
        17 => b"udp",
        33 => b"dccp",
        GRE => b"gre",
        58 => b"icmpv6",
        132 => b"sctp",
        136 => b"udplite",
        _ => b"unknown",
    }
}

/// `IPPROTO_GRE`, whose keys are in the attributes of ports.
pub(super) const GRE: u8 = 47;

/// net/netfilter/nf_conntrack_proto_tcp.c `tcp_conntrack_names`.
pub(super) const TCP: [&[u8]; 10] = [
    b"NONE",
    b"SYN_SENT",
    b"SYN_RECV",
    b"ESTABLISHED",
    b"FIN_WAIT",
    b"CLOSE_WAIT",
    b"LAST_ACK",
    b"TIME_WAIT",
    b"CLOSE",
    b"SYN_SENT2",
];

/// net/netfilter/nf_conntrack_proto_dccp.c `dccp_state_names`, until Linux 6.16.
pub(super) const DCCP: [&[u8]; 10] = [
    b"NONE",
    b"REQUEST",
    b"RESPOND",
    b"PARTOPEN",
    b"OPEN",
    b"CLOSEREQ",
    b"CLOSING",
    b"TIMEWAIT",
    b"IGNORE",
    b"INVALID",
];

/// net/netfilter/nf_conntrack_proto_sctp.c `sctp_conntrack_names`.
pub(super) const SCTP: [&[u8]; 10] = [
    b"NONE",
    b"CLOSED",
    b"COOKIE_WAIT",
    b"COOKIE_ECHOED",
    b"ESTABLISHED",
    b"SHUTDOWN_SENT",
    b"SHUTDOWN_RECD",
    b"SHUTDOWN_ACK_SENT",
    b"HEARTBEAT_SENT",
    b"HEARTBEAT_ACKED",
];
