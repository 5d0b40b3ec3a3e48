//! Random filter expressions, and sockets that often just match them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use proptest::{collection::vec, prelude::*, sample::select};

use crate::naive::filter::{Condition, Entry, Expression};

/// Any combination of conditions.
pub fn expression() -> impl Strategy<Value = Expression> {
    let single = prop_oneof![
        6 => condition().prop_map(|(destination, end)| Expression::End(destination, end)),
        1 => (0..3_u32).prop_map(Expression::Interface),
        1 => (0..4_u32, 0..4_u32).prop_map(|(mark, mask)| Expression::Mark(mark & mask, mask)),
        1 => (0..3_u64).prop_map(Expression::ControlGroup),
        1 => Just(Expression::Autobound),
        1 => Just(Expression::Nothing),
    ];
    single.prop_recursive(4, 12, 3, |part| {
        prop_oneof![
            vec(part.clone(), 0..4).prop_map(Expression::All),
            vec(part.clone(), 0..4).prop_map(Expression::Any),
            part.prop_map(|part| Expression::Not(Box::new(part))),
        ]
    })
}

/// A condition on the source or (`true`) on the destination.
fn condition() -> impl Strategy<Value = (bool, Condition)> {
    let condition = prop_oneof![
        port().prop_map(Condition::Port),
        (port(), port()).prop_map(|(first, last)| Condition::Ports(first, last)),
        (address(), prop_oneof![select(vec![0, 8, 31, 32, 33, 96, 127, 128, 255]), any::<u8>()])
            .prop_map(|(address, bits)| Condition::Prefix(address, bits)),
    ];
    (any::<bool>(), condition)
}

/// Sockets, both ends of each in the same family.
pub fn sockets() -> impl Strategy<Value = Vec<Entry>> {
    let pair = (address(), address(), port(), port()).prop_map(|(local, remote, from, to)| {
        let remote = match (local, remote) {
            (IpAddr::V6(_), IpAddr::V4(ip)) => IpAddr::V6(ip.to_ipv6_mapped()),
            (IpAddr::V4(_), IpAddr::V6(_)) => local,
            _ => remote,
        };
        [SocketAddr::new(local, from), SocketAddr::new(remote, to)]
    });
    let entry = (pair, 0..3_u32, 0..4_u32, 0..3_u64, any::<bool>()).prop_map(
        |(ends, interface, mark, control_group, port_locked)| Entry {
            ends,
            interface,
            mark,
            control_group,
            port_locked,
        },
    );
    vec(entry, 1..6)
}

fn port() -> impl Strategy<Value = u16> {
    prop_oneof![4 => 0..6_u16, 1 => select(vec![80, 0x5000, u16::MAX - 1, u16::MAX]), 1 => any::<u16>()]
}

/// A few addresses, so that some have long prefixes in common.
fn address() -> impl Strategy<Value = IpAddr> {
    let v4 = select(vec![[0; 4], [127, 0, 0, 1], [127, 0, 0, 0], [10, 1, 2, 3], [255; 4]]);
    let v4 = v4.prop_map(Ipv4Addr::from).boxed();
    let v6 = select(vec!["::", "::1", "fe80::1", "fe80::2", "2001:db8::"]);
    prop_oneof![
        v4.clone().prop_map(IpAddr::V4),
        v4.prop_map(|ip| IpAddr::V6(ip.to_ipv6_mapped())),
        v6.prop_map(|ip| IpAddr::V6(ip.parse::<Ipv6Addr>().expect("an address"))),
    ]
}
