//! Neighbours, routes, addresses, groups and tracked connections.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procnet_core::{
    ByteOrder,
    network::{
        arp, if_inet6, igmp, igmp6, ipv6_route,
        nf_conntrack::{self, Offload, Protocol},
        ptype, route, wireless,
    },
};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    inet::{edges64, host},
    text::name,
};
use crate::{check::network::Twin, network::Kind, render::Host};

/// What rows are made of: taken one by one, round and round.
#[derive(Clone, Debug)]
struct Material {
    numbers: Vec<u64>,
    names: Vec<Vec<u8>>,
    addresses: Vec<[u8; 16]>,
    taken: usize,
}

impl Material {
    fn number(&mut self) -> u64 {
        self.taken += 1;
        self.numbers[self.taken % self.numbers.len()]
    }

    fn number32(&mut self) -> u32 {
        self.number() as u32
    }

    fn is(&mut self) -> bool {
        self.number().is_multiple_of(2)
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Material) -> T) -> Option<T> {
        self.is().then(|| make(self))
    }

    fn v6(&mut self) -> Ipv6Addr {
        self.taken += 1;
        Ipv6Addr::from(self.addresses[self.taken % self.addresses.len()])
    }

    fn v4(&mut self) -> Ipv4Addr {
        Ipv4Addr::from(self.v6().to_bits() as u32)
    }

    fn ip(&mut self) -> IpAddr {
        if self.is() { self.v6().into() } else { self.v4().into() }
    }
}

fn material() -> impl Strategy<Value = Material> {
    let address = prop_oneof![any::<[u8; 16]>(), Just([0; 16]), Just([0xFF; 16])];
    (vec(edges64(), 5..40), vec(name(15), 1..4), vec(address, 1..5))
        .prop_map(|(numbers, names, addresses)| Material { numbers, names, addresses, taken: 0 })
}

/// A file of one of the tables, and which it is.
pub fn network() -> impl Strategy<Value = (Kind, ByteOrder, Vec<u8>)> {
    (select(Kind::ALL.to_vec()), host(), material(), 0..5_usize).prop_map(
        |(kind, host, mut material, rows)| {
            let names = material.names.clone();
            let mut file = heading(kind, host).as_bytes().to_vec();
            for at in 0..rows {
                file.extend(row(kind, host, &mut material, &names[at % names.len()]));
            }
            (kind, host.order, file)
        },
    )
}

fn heading(kind: Kind, host: Host) -> &'static str {
    match kind {
        Kind::Arp => arp::Table::heading(host),
        Kind::Route => route::Table::heading(host),
        Kind::Igmp => igmp::Table::heading(host),
        Kind::Ptype => ptype::Table::heading(host),
        Kind::Wireless => wireless::Table::heading(host),
        _ => "",
    }
}

fn row(kind: Kind, host: Host, from: &mut Material, name: &[u8]) -> Vec<u8> {
    match kind {
        Kind::Arp => arp::Table::print(host, &neighbour(from, name)),
        Kind::Route => route::Table::print(host, &ipv4_route(from, name)),
        Kind::Ipv6Route => ipv6_route::Table::print(host, &ipv6_route(from, name)),
        Kind::IfInet6 => if_inet6::Table::print(host, &address(from, name)),
        Kind::Igmp => igmp::Table::print(host, &group(from, name)),
        Kind::Igmp6 => igmp6::Table::print(host, &group6(from, name)),
        Kind::Ptype => ptype::Table::print(host, &taker(from, name)),
        Kind::Wireless => wireless::Table::print(host, &link(from, name)),
        Kind::NfConntrack => nf_conntrack::Table::print(host, &connection(from, name)),
    }
}

fn neighbour<'a>(from: &mut Material, name: &'a [u8]) -> arp::Row<'a> {
    let hardware = match from.number() % 4 {
        0 => None,
        1 => Some(arp::HardwareAddress::Octets(b"02:fc:00:00:00:05")),
        2 => Some(arp::HardwareAddress::Octets(b"7f")),
        _ => Some(arp::HardwareAddress::CallSign(b"N0CALL-1")),
    };
    arp::Row {
        address: from.v4(),
        hardware_type: from.number() as u16 % 5,
        flags: arp::Flags(from.number32()),
        hardware,
        device: if from.is() { name } else { b"*" },
    }
}

fn ipv4_route<'a>(from: &mut Material, name: &'a [u8]) -> route::Row<'a> {
    route::Row {
        device: if from.is() { name } else { b"*" },
        destination: from.v4(),
        gateway: from.v4(),
        flags: route::Flags(from.number32()),
        references: from.number32(),
        uses: from.number32(),
        metric: from.number32(),
        mask: from.v4(),
        mtu: from.number32(),
        window: from.number32(),
        irtt: from.number32(),
    }
}

fn ipv6_route<'a>(from: &mut Material, name: &'a [u8]) -> ipv6_route::Row<'a> {
    ipv6_route::Row {
        destination: from.v6(),
        destination_length: from.number() as u8,
        source: from.v6(),
        source_length: from.number() as u8 % 129,
        gateway: from.v6(),
        metric: from.number32(),
        references: from.number32(),
        uses: from.number32(),
        flags: route::Flags(from.number32()),
        device: from.some(|_| name),
    }
}

fn address<'a>(from: &mut Material, name: &'a [u8]) -> if_inet6::Row<'a> {
    if_inet6::Row {
        address: from.v6(),
        index: from.number32(),
        prefix_length: from.number() as u8 % 130,
        scope: if_inet6::Scope(from.number() as u16),
        flags: if_inet6::Flags(from.number32()),
        device: name,
    }
}

fn group<'a>(from: &mut Material, name: &'a [u8]) -> igmp::Row<'a> {
    if from.is() {
        return igmp::Row::Group(igmp::Group {
            address: from.v4(),
            users: from.number32(),
            timer: from.some(Material::number),
            is_reporter: from.is(),
        });
    }
    igmp::Row::Device(igmp::Device {
        index: from.number32(),
        name,
        count: from.number32(),
        querier: from.some(|from| from.number() as u8 % 4),
    })
}

fn group6<'a>(from: &mut Material, name: &'a [u8]) -> igmp6::Row<'a> {
    igmp6::Row {
        index: from.number32(),
        device: name,
        group: from.v6(),
        users: from.number32(),
        flags: igmp6::Flags(from.number32()),
        ticks: from.number().cast_signed(),
    }
}

fn taker<'a>(from: &mut Material, name: &'a [u8]) -> ptype::Row<'a> {
    let functions: [&[u8]; 5] =
        [b"packet_rcv", b"vlan_rcv+0x0/0x2b0 [8021q]", b":ipv6:ipv6_rcv+0x0", b"[c0123456]", b""];
    let function = functions[from.number() as usize % functions.len()];
    ptype::Row {
        kind: ptype::PacketType(from.number() as u16),
        device: from.some(|_| name),
        function: ptype::Function::new(function),
    }
}

fn link<'a>(from: &mut Material, name: &'a [u8]) -> wireless::Row<'a> {
    let quality = |from: &mut Material| wireless::Quality {
        value: if from.is() { -256 } else { from.number32().cast_signed() },
        updated: from.is(),
    };
    wireless::Row {
        name,
        status: from.number() as u16,
        link: quality(from),
        level: quality(from),
        noise: quality(from),
        network_id: from.number32(),
        crypt: from.number32(),
        fragment: from.number32(),
        retry: from.number32(),
        misc: from.number32(),
        beacon: from.number32(),
    }
}

fn connection<'a>(from: &mut Material, name: &'a [u8]) -> nf_conntrack::Row<'a> {
    let direction = |from: &mut Material| nf_conntrack::Direction {
        source: Some(from.ip()),
        destination: from.number().checked_add(1).map(|_| from.ip()),
        source_port: from.some(|from| from.number() as u16),
        destination_port: from.some(|from| from.number() as u16),
        icmp_type: from.some(|from| from.number() as u8),
        icmp_code: from.some(|from| from.number() as u8),
        icmp_id: from.some(|from| from.number() as u16),
        source_key: from.some(|from| from.number() as u16),
        destination_key: from.some(|from| from.number() as u16),
        zone: from.some(|from| from.number() as u16),
        packets: from.some(Material::number),
        bytes: from.some(Material::number),
    };
    let states: [&[u8]; 4] = [b"ESTABLISHED", b"TIME_WAIT", b"x", b"5"];
    let state = states[from.number() as usize % states.len()];
    nf_conntrack::Row {
        network: Protocol { name: b"ipv4", number: from.number() as u16 % 12 },
        transport: Protocol { name: b"tcp", number: from.number() as u16 % 256 },
        timeout: from.some(|from| from.number().cast_signed()),
        state: from.some(|_| state),
        gre_timeouts: from.some(|from| (from.number32(), from.number32())),
        original: direction(from),
        reply: direction(from),
        unreplied: from.is(),
        assured: from.is(),
        offload: from.some(|from| if from.is() { Offload::Hardware } else { Offload::Software }),
        mark: from.some(Material::number32),
        secctx: from.some(|_| name),
        secmark: from.some(Material::number32),
        zone: from.some(|from| from.number() as u16),
        delta_time: from.some(Material::number),
        uses: from.number32(),
    }
}
