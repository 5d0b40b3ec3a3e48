//! The file in the rendered captures.

use super::render;
use crate::render::Host;

/// All pairs of the kernel, and more ICMP message types than fit one pair of lines.
pub(super) fn file(host: Host) -> Vec<u8> {
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
                // A sum over CPUs that was read during an update.
                "CurrEstab" => i128::from(host.word.long(u64::MAX)),
                _ => i128::from(host.word.long(seed >> (seed % 60))),
            };
            (name.into_bytes(), value)
        });
        let counters: Vec<_> = counters.collect();
        if !counters.is_empty() {
            file.extend(render::pair(prefix.as_bytes(), &counters));
        }
    };
    let known = |prefix: &str| -> Vec<String> {
        render::names(host, prefix).into_iter().map(str::to_owned).collect()
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
