//! Who is near, by which addresses, and who takes packets.

use procnet_core::network::{
    arp::{self, Flags, HardwareAddress},
    if_inet6::{self, Scope},
    ptype::{self, Function, PacketType},
    wireless::{self, Quality},
};

use super::{LONG, table};
use crate::render::{Host, Kernel};

/// Neighbours: known, being looked for, permanent, of devices without addresses or with long
/// ones, answered for with a device and without, and of interfaces that mislead.
pub(super) fn arp(host: Host) -> Vec<u8> {
    let row = |last: u8, hardware_type, flags: Flags, hardware: &'static [u8], device| {
        let hardware = (!hardware.is_empty()).then_some(HardwareAddress::Octets(hardware));
        arp::Row { address: [192, 0, 2, last].into(), hardware_type, flags, hardware, device }
    };
    let both = |left: Flags, right: Flags| Flags(left.0 | right.0);
    let published = both(Flags::PERMANENT, Flags::PUBLISHED);
    let rows: [arp::Row<'_>; 9] = [
        row(1, 1, Flags::COMPLETE, b"02:fc:00:00:00:05", b"eth0"),
        row(2, 1, Flags(0), b"00:00:00:00:00:00", b"eth0"),
        row(3, 1, both(Flags::COMPLETE, Flags::PERMANENT), b"02:fc:00:00:00:af", LONG),
        row(4, 65534, Flags::COMPLETE, b"", b"tun0"),
        row(255, 32, Flags::COMPLETE, b"80:00:00:48:fe:80:00:00:00", b"ib0"),
        row(5, 0, published, b"00:00:00:00:00:00", b"*"),
        row(6, 1, published, b"00:00:00:00:00:00", b"eth0"),
        row(7, 1, Flags::COMPLETE, b"02:fc:00:00:00:07", b"*"),
        row(8, 7, Flags::COMPLETE, b"7f", b"\xFFx|y"),
    ];
    let call = arp::Row {
        address: [44, 0, 0, 1].into(),
        hardware_type: 3,
        flags: Flags::COMPLETE,
        hardware: Some(HardwareAddress::CallSign(b"N0CALL-1")),
        device: b"ax0",
    };
    table(arp::Table, host, rows.into_iter().chain([call]))
}

/// Addresses of every scope, of an interface beyond number 255, and with flags beyond eight
/// bits where a kernel prints them.
pub(super) fn addresses(host: Host) -> Vec<u8> {
    let row = |address: &str, index, prefix_length, scope, flags, device| if_inet6::Row {
        address: address.parse().expect("an address"),
        index,
        prefix_length,
        scope,
        flags: if_inet6::Flags(flags),
        device,
    };
    let wide = if host.kernel == Kernel::V3_0 { 0x100 } else { 0 };
    let rows: [if_inet6::Row<'_>; 7] = [
        row("::1", 1, 128, Scope::HOST, 0x80, b"lo"),
        row("fe80::fc:ff:fe00:1", 2, 64, Scope::LINK, 0x80, b"eth0"),
        row("2001:db8::2", 2, 64, Scope::GLOBAL, wide, b"eth0"),
        row("2001:db8::5c1f:9ab0", 2, 64, Scope::GLOBAL, 0x21, b"eth0"),
        row("fec0::1", 0x104, 48, Scope::SITE, 0x40, LONG),
        row("::192.0.2.1", 0xFFFF_FFFF, 96, Scope::COMPATIBLE, 0x88, b"sit0"),
        row("fd00::1", 3, 0, Scope::GLOBAL, 0x02, b"*"),
    ];
    table(if_inet6::Table, host, rows)
}

/// Takers of packets, with functions as the kernel prints them.
pub(super) fn takers(host: Host) -> Vec<u8> {
    let texts: [&str; 4] = match host.kernel {
        Kernel::V2_6_24 => {
            [":af_packet:packet_rcv+0x0", "ip_rcv+0x0", ":ipv6:ipv6_rcv+0x0", "[c0123456]"]
        }
        // `%pF`, then `%pf`, which prints no offset.
        Kernel::V3_0 => [
            "packet_rcv+0x0/0x340",
            "ip_rcv+0x0/0x320",
            "vlan_skb_recv+0x0/0x2b0 [8021q]",
            "0xffffffff81234567",
        ],
        _ => ["packet_rcv", "ip_rcv", "vlan_skb_recv [8021q]", "0xffffffff81234567"],
    };
    let rows = [
        (PacketType::ALL, Some(&b"eth0"[..]), texts[0]),
        (PacketType::ALL, None, texts[0]),
        (PacketType::ALL, Some(LONG), texts[0]),
        (PacketType(0x0800), None, texts[1]),
        (PacketType(0x8100), Some(b"*"), texts[2]),
        (PacketType(0x86DD), Some(b"123"), texts[2]),
        (PacketType(0x0011), None, texts[3]),
    ];
    let row = |(kind, device, text): (_, _, &'static str)| ptype::Row {
        kind,
        device,
        function: Function::new(text.as_bytes()),
    };
    table(ptype::Table, host, rows.map(row))
}

/// Wireless interfaces: measured in dBm, on a scale, and not at all.
pub(super) fn links(host: Host) -> Vec<u8> {
    let quality = |[link, level, noise]: [i32; 3], updated| {
        [link, level, noise].map(|value| Quality { value, updated })
    };
    let row = |name, [link, level, noise]: [Quality; 3], counts: [u32; 6]| {
        let [network_id, crypt, fragment, retry, misc, beacon] = counts;
        wireless::Row {
            name,
            status: 0,
            link,
            level,
            noise,
            network_id,
            crypt,
            fragment,
            retry,
            misc,
            beacon,
        }
    };
    let rows: [wireless::Row<'_>; 4] = [
        row(b"wlan0", quality([54, -56, -256], true), [0, 0, 0, 1, 0, 0]),
        row(LONG, quality([70, 40, 10], false), [1, 22, 333, 4444, 1_234_567, 8]),
        row(b"face|x", quality([0, -256, -256], false), [0; 6]),
        row(b"*", quality([100, -100, -95], true), [u32::MAX, 0x7FFF_FFFF, 0, 0, 0, 0]),
    ];
    table(wireless::Table, host, rows)
}
