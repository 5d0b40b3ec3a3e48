//! Counters of interfaces, protocols and connection tracking.

use crate::{
    naive::dev::Row,
    render::{Host, Kernel, conntrack as tracking, dev as interface, snmp as protocol},
};

/// Interfaces: an idle one, a busy one, one at the end of 64 bits, and odd names.
pub(super) fn dev(host: Host) -> Vec<u8> {
    let mut file = interface::HEADING.as_bytes().to_vec();
    let busy = [987_654_321_012, 600_500_400, 1, 20, 0, 3, 0, 70_007];
    let sent = [123_456_789_012, 300_200_100, 0, 5, 0, 0, 2, 0];
    let mut both = [0; 16];
    both[..8].copy_from_slice(&busy);
    both[8..].copy_from_slice(&sent);
    let mut rows: Vec<(&[u8], [u64; 16])> = vec![
        (b"lo", [7; 16]),
        (b"eth0", both),
        (b"15charsname_567", [u64::MAX; 16]),
        (b"Inter-|", [0; 16]),
        (b"\xFFx|y", [0; 16]),
    ];
    // A colon in a name, as aliases had, was refused some time after 3.0.
    if host.kernel <= Kernel::V3_0 {
        rows.push((b"eth0:1", [12_345_678; 16]));
    }
    for (name, counters) in rows {
        file.extend(interface::row(host, &Row { name: name.to_vec(), counters }));
    }
    file
}

/// Protocols: the pairs of the kernel, and message types beyond one pair of lines.
pub(super) fn snmp(host: Host) -> Vec<u8> {
    let mut file = Vec::new();
    let mut seed = 0_u64;
    let mut pair = |prefix: &str, names: Vec<String>| {
        let counters = names.into_iter().map(|name| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let value = match name.as_str() {
                "MaxConn" => -1,
                "Forwarding" => 2,
                "DefaultTTL" => 64,
                // A sum over CPUs that was taken amid a change.
                "CurrEstab" => i128::from(host.word.long(u64::MAX)),
                _ => i128::from(host.word.long(seed >> (seed % 60))),
            };
            (name.into_bytes(), value)
        });
        let counters: Vec<_> = counters.collect();
        if !counters.is_empty() {
            file.extend(protocol::pair(prefix.as_bytes(), &counters));
        }
    };
    let known = |prefix: &str| -> Vec<String> {
        protocol::names(host, prefix).into_iter().map(str::to_owned).collect()
    };
    pair("Ip", known("Ip"));
    pair("Icmp", known("Icmp"));
    pair("IcmpMsg", (0..16).map(|kind| format!("InType{kind}")).collect());
    pair("IcmpMsg", (0..3).map(|kind| format!("OutType{kind}")).collect());
    pair("Tcp", known("Tcp"));
    pair("Udp", known("Udp"));
    pair("UdpLite", known("UdpLite"));
    file
}

/// Connection tracking on three CPUs.
pub(super) fn conntrack(host: Host) -> String {
    let columns = tracking::names(host).len() as u32;
    let row = |cpu: u32| {
        let mut values: Vec<u32> = (0..columns).map(|at| at * 1000 + cpu).collect();
        // The same on every row.
        values[0] = 0x1234;
        values[2] = u32::MAX - cpu;
        values
    };
    tracking::table(host, &[row(0), row(1), row(2)])
}
