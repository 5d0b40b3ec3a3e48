//! A little of each table through every property: for an interpreter, and with it for a
//! machine of the other byte order (`scripts/miri.sh`).

mod common;

use procnet_core::{ByteOrder, Lines};
use procnet_corpus::{check, kind::Kind};

/// Files, and how many of their lines are taken: headings and one row.
const FILES: [(&str, usize); 25] = [
    ("net/tcp", 2),
    ("net/tcp6", 2),
    ("net/udp", 2),
    ("net/udp6", 2),
    ("net/unix", 2),
    ("net/packet", 2),
    ("net/netlink", 2),
    ("net/dev", 3),
    ("net/snmp", 2),
    ("net/snmp6", 2),
    ("net/sockstat", 2),
    ("net/softnet_stat", 1),
    ("net/protocols", 2),
    ("net/stat/nf_conntrack", 2),
    ("net/arp", 2),
    ("net/route", 2),
    ("net/ipv6_route", 1),
    ("net/if_inet6", 1),
    ("net/igmp", 3),
    ("net/igmp6", 1),
    ("net/ptype", 2),
    ("net/wireless", 3),
    ("net/nf_conntrack", 1),
    ("811/stat", 1),
    ("811/status", 9),
];

fn head(file: &[u8], count: usize) -> &[u8] {
    let mut lines = Lines::new(file);
    let _ = lines.by_ref().take(count).count();
    file.strip_suffix(lines.rest()).unwrap_or(file)
}

fn every_property_holds(capture: &str, order: ByteOrder) {
    for (name, lines) in FILES {
        let path = common::folder("captures").join(capture).join(name);
        let kind = Kind::of(name, order).expect("a table");
        kind.check(head(&common::read(&path), lines));
    }
}

#[test]
fn little_endian() {
    every_property_holds("linux-7.2-x86_64", ByteOrder::Little);
}

#[test]
fn big_endian() {
    every_property_holds("linux-7.2-s390x", ByteOrder::Big);
}

#[test]
fn windows() {
    for input in [&b"\n"[..], b"ab\nc\n\nlast"] {
        check::window::every(input);
    }
}
