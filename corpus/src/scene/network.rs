//! What a host says of its sockets, its protocols, IPv6 and its CPUs.

use crate::{
    naive::{protocols::Row as Protocol, snmp6::Row as Counter},
    render::{Host, Kernel, protocols, snmp6, sockstat, softnet},
};

/// The files, by their path.
pub(super) fn files(host: Host) -> Vec<(String, Vec<u8>)> {
    let file = |name: &str, content: Vec<u8>| (format!("net/{name}"), content);
    vec![
        file("snmp6", ipv6(host, None)),
        file("dev_snmp6/lo", ipv6(host, Some(1))),
        file("dev_snmp6/15charsname_567", ipv6(host, Some(u64::from(i32::MAX.unsigned_abs())))),
        file("sockstat", counts(&sockstat::names(host), host)),
        file("sockstat6", counts(&sockstat::names6(host), host)),
        file("softnet_stat", cpus(host).into_bytes()),
        file("protocols", registered(host)),
    ]
}

/// Counters of every size; those of 64 bits are so on every host, the others end with its word.
fn ipv6(host: Host, interface: Option<u64>) -> Vec<u8> {
    let mut seed = 7_u64;
    let mut file = Vec::new();
    let mut line = |name: String, value: u64| {
        file.extend(snmp6::row(&Counter { name: name.into_bytes(), value }));
    };
    if let Some(index) = interface {
        line("ifIndex".to_owned(), index);
    }
    let types = ["Icmp6InType1", "Icmp6OutType255"].map(str::to_owned);
    for name in snmp6::names(host, interface.is_some()).into_iter().chain(types) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = match name.as_str() {
            "Ip6InNoRoutes" => 0,
            "Ip6InDelivers" if host.kernel > Kernel::V2_6_24 => u64::MAX,
            _ => host.word.long(seed >> (seed % 60)),
        };
        line(name, value);
    }
    file
}

fn counts(rows: &[(&str, Vec<&str>)], host: Host) -> Vec<u8> {
    let mut file = Vec::new();
    for (prefix, names) in rows {
        let value = |name: &str| match name {
            "mem" | "memory" => i128::from(host.word.long(4_321_987_654)),
            "tw" => 30_000,
            name => (prefix.len() * 100 + name.len()) as i128,
        };
        let values: Vec<_> =
            names.iter().map(|name| (name.as_bytes().to_vec(), value(name))).collect();
        file.extend(sockstat::row(prefix.as_bytes(), &values));
    }
    file
}

/// Three CPUs, of which the second is offline; the last is about to wrap.
fn cpus(host: Host) -> String {
    let row = |cpu: u32| {
        let last = if cpu == 2 { u32::MAX } else { 0x0260_0138 };
        let named = [last, 0x6283, 0xB1, 0, 0, 0, 0, 0, 5, 0x0085_55FC, 0x76, 3, cpu, 1, 2];
        softnet::row(&named[..softnet::width(host)])
    };
    [row(0), row(2)].concat()
}

/// A name, sockets, memory, whether it is short of it, and a module.
type Registered = (&'static str, Option<u32>, Option<u64>, Option<bool>, &'static str);

/// A protocol of each form: with and without memory, in and out of pressure, in a module.
fn registered(host: Host) -> Vec<u8> {
    let mut file = protocols::heading(host).into_bytes();
    let rows: [Registered; 7] = [
        ("SCTPv6", Some(1), Some(0), Some(false), "sctp"),
        ("PACKET", Some(2), None, None, "kernel"),
        ("UNIX-STREAM", Some(1_000_000), None, None, "kernel"),
        ("UDPLITEv6", Some(0), Some(0), None, "kernel"),
        ("TCP", Some(13), Some(host.word.long(4_321_987_654)), Some(true), "kernel"),
        ("L2TP/IPv6", None, None, None, "l2tp_ip6_of_a_long_name"),
        ("NETLINK", Some(0), None, None, "kernel"),
    ];
    for (at, (name, sockets, memory, pressure, module)) in rows.into_iter().enumerate() {
        let names = protocols::methods(host).into_iter().enumerate();
        file.extend(protocols::row(&Protocol {
            name: name.as_bytes().to_vec(),
            size: 412 * (1 + at as u32),
            sockets,
            memory,
            pressure,
            max_header: if name == "TCP" { 320 } else { 0 },
            slab: at % 2 == 0,
            module: module.as_bytes().to_vec(),
            methods: names.map(|(place, name)| Some((name.into(), place % 5 != at))).collect(),
            ragged: false,
        }));
    }
    file
}
