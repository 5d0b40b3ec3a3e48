//! The files in the rendered captures.

use super::{naive::Row, render};
use crate::render::{File, Host, Kernel, LONG_NAME};

/// Of the host, and of two interfaces.
pub(super) fn files(host: Host) -> Vec<File> {
    let long = format!("net/dev_snmp6/{}", String::from_utf8_lossy(LONG_NAME));
    vec![
        ("net/snmp6".to_owned(), ipv6(host, None)),
        ("net/dev_snmp6/lo".to_owned(), ipv6(host, Some(1))),
        (long, ipv6(host, Some(u64::from(i32::MAX.unsigned_abs())))),
    ]
}

/// Counters of every size. Some have 64 bits on every host, the others those of its word.
fn ipv6(host: Host, interface: Option<u64>) -> Vec<u8> {
    let mut seed = 7_u64;
    let mut file = Vec::new();
    let mut line = |name: String, value: u64| {
        file.extend(render::row(&Row { name: name.into_bytes(), value }));
    };
    if let Some(index) = interface {
        line("ifIndex".to_owned(), index);
    }
    let types = ["Icmp6InType1", "Icmp6OutType255"].map(str::to_owned);
    for name in render::names(host, interface.is_some()).into_iter().chain(types) {
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
