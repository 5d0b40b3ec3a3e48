use super::*;

/// Names whose metadata differs from the default of their file or prefix.
#[test]
fn exceptions_have_their_own_metadata() {
    use {Kind::*, Unit::*, Width::*};
    let all: [(File, &str, &str, Kind, Unit, Width); 24] = [
        (File::Dev, "receive", "bytes", Counter, Bytes, Word),
        (File::Dev, "transmit", "packets", Counter, Packets, Word),
        (File::Snmp, "Ip", "Forwarding", Label, Unit::None, Bits32),
        (File::Snmp, "Ip", "DefaultTTL", Gauge, Hops, Bits32),
        (File::Snmp, "Ip", "InReceives", Counter, Packets, Bits64),
        (File::Snmp, "Icmp", "InMsgs", Counter, Messages, Word),
        (File::Snmp, "Tcp", "RtoMin", Gauge, Milliseconds, Word),
        (File::Snmp, "Tcp", "MaxConn", Gauge, Connections, Word),
        (File::Snmp, "Tcp", "CurrEstab", Gauge, Connections, Word),
        (File::Snmp, "Tcp", "RetransSegs", Counter, Segments, Word),
        (File::Netstat, "TcpExt", "TCPMemoryPressuresChrono", Counter, Milliseconds, Word),
        (File::Netstat, "IpExt", "InOctets", Counter, Bytes, Bits64),
        (File::Netstat, "MPTcpExt", "MPCurrEstab", Gauge, Connections, Word),
        (File::Snmp6, "", "Ip6OutMcastOctets", Counter, Bytes, Bits64),
        (File::Snmp6, "", "UdpLite6NoPorts", Counter, Datagrams, Word),
        (File::DevSnmp6, "", "ifIndex", Label, Unit::None, Bits32),
        (File::Sockstat, "TCP", "orphan", Gauge, Sockets, Bits32),
        (File::Sockstat, "UDP", "mem", Gauge, Pages, Word),
        (File::Sockstat6, "FRAG6", "memory", Gauge, Bytes, Word),
        (File::Softnet, "", "time_squeeze", Counter, Events, Bits32),
        (File::Softnet, "", "backlog_len", Gauge, Packets, Bits32),
        (File::Conntrack, "", "entries", Gauge, Connections, Bits32),
        (File::Conntrack, "", "chainlength", Counter, Events, Bits32),
        (File::Protocols, "TCP", "memory", Gauge, Pages, Word),
    ];
    for (file, group, name, kind, unit, width) in all {
        let meaning = file.meaning(group.as_bytes(), name.as_bytes());
        assert_eq!((meaning.kind, meaning.unit, meaning.width), (kind, unit, width), "{name}");
        assert!(meaning.source.starts_with("net/") || meaning.source.starts_with("include/"));
    }
}

/// The defaults are documented at the variants of [`File`].
#[test]
fn unknown_names_get_the_default_of_their_file() {
    let kind = |file: File, group: &str| {
        let meaning = file.meaning(group.as_bytes(), b"NewOne");
        (meaning.kind, meaning.unit, meaning.width)
    };
    assert_eq!(kind(File::Dev, "receive"), (Kind::Counter, Unit::Packets, Width::Word));
    assert_eq!(kind(File::Snmp, "Tcp"), (Kind::Counter, Unit::Segments, Width::Word));
    assert_eq!(kind(File::Snmp, "New"), (Kind::Counter, Unit::Events, Width::Word));
    assert_eq!(kind(File::Netstat, "New"), (Kind::Counter, Unit::Events, Width::Word));
    assert_eq!(kind(File::Snmp6, ""), (Kind::Counter, Unit::Events, Width::Word));
    assert_eq!(kind(File::Sockstat, "NEW"), (Kind::Gauge, Unit::Sockets, Width::Bits32));
    assert_eq!(kind(File::Softnet, ""), (Kind::Counter, Unit::Events, Width::Bits32));
    assert_eq!(kind(File::Conntrack, ""), (Kind::Counter, Unit::Packets, Width::Bits32));
    assert_eq!(kind(File::Protocols, "NEW"), (Kind::Gauge, Unit::None, Width::Word));
}

#[test]
fn rows_of_several_cpus_combine_as_documented() {
    assert_eq!(File::Conntrack.meaning(b"", b"entries").cpus, Cpus::Same);
    assert_eq!(File::Conntrack.meaning(b"", b"drop").cpus, Cpus::Each);
    assert_eq!(File::Softnet.meaning(b"", b"cpu").cpus, Cpus::Own);
    assert_eq!(File::Softnet.meaning(b"", b"dropped").cpus, Cpus::Each);
    assert_eq!(File::Snmp.meaning(b"Tcp", b"InSegs").cpus, Cpus::Summed);
}

/// A decreasing counter has wrapped, so none may be signed.
#[test]
fn only_gauges_are_signed() {
    let names: [&[u8]; 8] =
        [b"MaxConn", b"mem", b"memory", b"inuse", b"sockets", b"drop", b"bytes", b"InSegs"];
    let groups: [&[u8]; 5] = [b"Tcp", b"TCP", b"FRAG", b"TcpExt", b""];
    for file in File::ALL {
        for (name, group) in names.iter().flat_map(|name| groups.map(|group| (name, group))) {
            let meaning = file.meaning(group, name);
            assert!(!meaning.signed || meaning.kind == Kind::Gauge, "{file} {meaning:?}");
        }
    }
    assert!(File::Snmp.meaning(b"Tcp", b"MaxConn").signed);
}
