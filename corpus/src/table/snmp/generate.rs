//! Random files.

use proptest::{collection::vec, prelude::*, sample::select};

use super::render;
use crate::{
    generate::{edges64, host, in_file},
    render::Host,
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let prefix = select(vec!["Ip", "Icmp", "IcmpMsg", "Tcp", "Udp", "UdpLite", "New", ""]);
    let pair = (prefix, vec(edges64(), 0..40), any::<bool>(), 0..8_u8);
    (host(), vec(pair, 0..6))
        .prop_map(|(host, pairs)| {
            let mut file = Vec::new();
            for (prefix, values, minus, damage) in pairs {
                let names = names(host, prefix, values.len());
                let value = |value: u64| i128::from(value) * if minus { -1 } else { 1 };
                let counters: Vec<_> =
                    names.into_iter().zip(values.into_iter().map(value)).collect();
                let pair = render::pair(prefix.as_bytes(), &counters);
                let half = pair.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                match damage {
                    0 => file.extend(&pair[..half]),
                    1 => file.extend(&pair[half..]),
                    2 => file.extend(&pair[..pair.len() - 2]),
                    3 => file.extend([&pair[..half], b"\n  \n", &pair[half..]].concat()),
                    _ => file.extend(pair),
                }
            }
            file
        })
        .prop_map(in_file("net/snmp"))
        .boxed()
}

fn names(host: Host, prefix: &str, count: usize) -> Vec<Vec<u8>> {
    let known = render::names(host, prefix).into_iter().map(|name| name.as_bytes().to_vec());
    known.chain((0..).map(|at| format!("InType{at}").into_bytes())).take(count).collect()
}
