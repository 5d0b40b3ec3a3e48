//! The default of each file, and the exceptions.

use super::{Cpus, Meaning, Unit, Width};

const DEV: &str = "net/core/net-procfs.c dev_seq_printf_stats";
const SNMP: &str = "net/ipv4/proc.c snmp_seq_show";
const NETSTAT: &str = "net/ipv4/proc.c netstat_seq_show";
const MPTCP: &str = "net/mptcp/mib.c mptcp_seq_show";
const SNMP6: &str = "net/ipv6/proc.c snmp6_seq_show";
const SOCKSTAT: &str = "net/ipv4/proc.c sockstat_seq_show";
const SOCKETS: &str = "net/socket.c socket_seq_show";
const SOFTNET: &str = "net/core/net-procfs.c softnet_seq_show";
const CONNTRACK: &str = "net/netfilter/nf_conntrack_standalone.c ct_cpu_seq_show";
const PROTOCOLS: &str = "net/core/sock.c proto_seq_printf";

/// The kernel fills 64-bit structures from `unsigned long` if the driver keeps nothing wider
/// (net/core/dev.c `dev_get_stats`).
pub(super) fn dev(name: &[u8]) -> Meaning {
    Meaning::counter(
        match name {
            b"bytes" => Unit::Bytes,
            b"fifo" | b"colls" | b"carrier" => Unit::Events,
            _ => Unit::Packets,
        },
        Width::Word,
        DEV,
    )
}

pub(super) fn snmp(prefix: &[u8], name: &[u8]) -> Meaning {
    let word = Meaning::counter(Unit::Events, Width::Word, SNMP);
    match prefix {
        b"Ip" => match name {
            // 1 if forwarding, 2 if not.
            b"Forwarding" => Meaning::label(Width::Bits32, SNMP),
            b"DefaultTTL" => Meaning::gauge(Unit::Hops, Width::Bits32, SNMP),
            _ => ip(name, SNMP),
        },
        b"Icmp" | b"IcmpMsg" => word.of(Unit::Messages),
        b"Tcp" => tcp(name),
        b"Udp" | b"UdpLite" => word.of(Unit::Datagrams),
        _ => word,
    }
}

/// 64 bits wide on every host, since 3.0 at the latest (include/net/ip.h `snmp_fold_field64`).
fn ip(name: &[u8], source: &'static str) -> Meaning {
    let unit = match name {
        b"ReasmReqds" | b"FragCreates" => Unit::Fragments,
        b"ReasmTimeout" | b"ReasmFails" | b"ReasmOverlaps" => Unit::Events,
        _ if name.ends_with(b"Octets") => Unit::Bytes,
        _ => Unit::Packets,
    };
    Meaning::counter(unit, Width::Bits64, source)
}

fn tcp(name: &[u8]) -> Meaning {
    // Settings that are stored among the counters (include/net/tcp.h `tcp_mib_init`).
    const INIT: &str = "include/net/tcp.h tcp_mib_init";
    let counter = Meaning::counter(Unit::Segments, Width::Word, SNMP);
    match name {
        b"RtoAlgorithm" => Meaning::label(Width::Word, INIT),
        b"RtoMin" | b"RtoMax" => Meaning::gauge(Unit::Milliseconds, Width::Word, INIT),
        // -1: no limit.
        b"MaxConn" => Meaning::gauge(Unit::Connections, Width::Word, INIT).signed(),
        b"CurrEstab" => {
            Meaning::gauge(Unit::Connections, Width::Word, "net/ipv4/tcp.c tcp_set_state")
        }
        b"ActiveOpens" | b"PassiveOpens" | b"AttemptFails" | b"EstabResets" => {
            counter.of(Unit::Connections)
        }
        _ => counter,
    }
}

pub(super) fn netstat(prefix: &[u8], name: &[u8]) -> Meaning {
    match prefix {
        b"TcpExt" => Meaning::counter(tcp_ext(name), Width::Word, NETSTAT),
        b"IpExt" => ip(name, NETSTAT),
        b"MPTcpExt" if name == b"MPCurrEstab" => {
            Meaning::gauge(Unit::Connections, Width::Word, "net/mptcp/protocol.c mptcp_set_state")
        }
        b"MPTcpExt" => Meaning::counter(Unit::Events, Width::Word, MPTCP),
        _ => Meaning::counter(Unit::Events, Width::Word, NETSTAT),
    }
}

/// Most count events. The exceptions are incremented by more than one at a time, or once per
/// packet, segment or connection.
fn tcp_ext(name: &[u8]) -> Unit {
    match name {
        // net/ipv4/tcp.c `tcp_leave_memory_pressure`.
        b"TCPMemoryPressuresChrono" => Unit::Milliseconds,
        // net/ipv4/tcp.c `tcp_recvmsg`, before 4.19.
        b"TCPDirectCopyFromBacklog" | b"TCPDirectCopyFromPrequeue" => Unit::Bytes,
        b"BusyPollRxPackets" | b"PFMemallocDrop" | b"IPReversePathFilter" => Unit::Packets,
        b"OutOfWindowIcmps" | b"LockDroppedIcmps" | b"TCPAODroppedIcmps" => Unit::Messages,
        // Sockets that left TIME_WAIT, and connections that a listener had no room for.
        b"TW" | b"TWRecycled" | b"TWKilled" | b"ListenOverflows" | b"ListenDrops" => {
            Unit::Connections
        }
        // The congestion window, added each time that HyStart leaves slow start.
        b"TCPHystartTrainCwnd" | b"TCPHystartDelayCwnd" => Unit::Segments,
        b"TCPHPHits"
        | b"TCPHPHitsToUser"
        | b"TCPPureAcks"
        | b"TCPHPAcks"
        | b"TCPPrequeued"
        | b"TCPFastRetrans"
        | b"TCPForwardRetrans"
        | b"TCPSlowStartRetrans"
        | b"TCPSynRetrans"
        | b"TCPOrigDataSent"
        | b"TCPDelivered"
        | b"TCPDeliveredCE"
        | b"TCPDSACKRecvSegs"
        | b"TCPBacklogCoalesce"
        | b"TCPBacklogDrop"
        | b"TCPRcvCoalesce"
        | b"TCPRcvCollapsed"
        | b"TCPRcvQDrop"
        | b"TCPOFOQueue"
        | b"TCPOFODrop"
        | b"TCPOFOMerge"
        | b"TCPZeroWindowDrop"
        | b"TCPMinTTLDrop"
        | b"TCPKeepAlive"
        | b"TCPWinProbe" => Unit::Segments,
        _ => Unit::Events,
    }
}

pub(super) fn snmp6(name: &[u8]) -> Meaning {
    let word = Meaning::counter(Unit::Events, Width::Word, SNMP6);
    if name == b"ifIndex" {
        return Meaning::label(Width::Bits32, "net/ipv6/proc.c snmp6_dev_seq_show");
    }
    if let Some(name) = name.strip_prefix(b"Ip6") {
        return ip(name, SNMP6);
    }
    if name.starts_with(b"Icmp6") {
        word.of(Unit::Messages)
    } else if name.starts_with(b"Udp6") || name.starts_with(b"UdpLite6") {
        word.of(Unit::Datagrams)
    } else {
        word
    }
}

/// All are printed signed except those of fragments, whose `memory` is a word.
pub(super) fn sockstat(prefix: &[u8], name: &[u8]) -> Meaning {
    let sockets = Meaning::gauge(Unit::Sockets, Width::Bits32, SOCKSTAT).signed();
    match (prefix, name) {
        (b"sockets", _) => Meaning { source: SOCKETS, ..sockets },
        // Packets with missing fragments.
        (b"FRAG" | b"FRAG6", b"inuse") => Meaning::gauge(Unit::Packets, Width::Bits32, SOCKSTAT),
        (_, b"memory") => Meaning::gauge(Unit::Bytes, Width::Word, SOCKSTAT),
        (_, b"mem") => Meaning::gauge(Unit::Pages, Width::Word, SOCKSTAT).signed(),
        _ => sockets,
    }
}

pub(super) fn softnet(name: &[u8]) -> Meaning {
    let counter = Meaning::counter(Unit::Events, Width::Bits32, SOFTNET).cpus(Cpus::Each);
    match name {
        b"cpu" => Meaning::label(Width::Bits32, SOFTNET).cpus(Cpus::Own),
        b"backlog_len" | b"input_qlen" | b"process_qlen" => {
            Meaning::gauge(Unit::Packets, Width::Bits32, SOFTNET).cpus(Cpus::Each)
        }
        b"processed" | b"dropped" | b"flow_limit_count" => counter.of(Unit::Packets),
        // `received_rps` counts interrupts from other CPUs: net/core/dev.c `rps_trigger_softirq`.
        _ => counter,
    }
}

pub(super) fn conntrack(name: &[u8]) -> Meaning {
    let counter = Meaning::counter(Unit::Packets, Width::Bits32, CONNTRACK).cpus(Cpus::Each);
    match name {
        b"entries" => Meaning::gauge(Unit::Connections, Width::Bits32, CONNTRACK).cpus(Cpus::Same),
        b"searched" | b"clashres" | b"chainlength" | b"search_restart" | b"expect_new"
        | b"expect_create" | b"expect_delete" => counter.of(Unit::Events),
        b"new" | b"delete" | b"delete_list" | b"insert" | b"insert_failed" | b"early_drop" => {
            counter.of(Unit::Connections)
        }
        _ => counter,
    }
}

pub(super) fn protocols(name: &[u8]) -> Meaning {
    match name {
        // The size of the socket structure, and the space for headers before the data of a packet.
        b"size" | b"maxhdr" => Meaning::gauge(Unit::Bytes, Width::Bits32, PROTOCOLS),
        b"sockets" => Meaning::gauge(Unit::Sockets, Width::Bits32, PROTOCOLS).signed(),
        // -1: the protocol does not account for its memory.
        b"memory" => Meaning::gauge(Unit::Pages, Width::Word, PROTOCOLS).signed(),
        _ => Meaning::gauge(Unit::None, Width::Word, PROTOCOLS),
    }
}
