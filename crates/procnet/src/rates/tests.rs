use std::time::Duration;

use procnet_core::counter::dev;
use proptest::prelude::*;

use super::*;
use crate::{
    Name,
    counters::{
        ConntrackStats, Interface, InterfaceSnmp6, InterfacesSnmp6, IoCounters, Protocol,
        ProtocolCounters, Snmp6Counters, SoftnetStats,
    },
};

const SECOND: Duration = Duration::from_secs(1);

fn interface(name: &str, numbers: [u64; 16]) -> Interface {
    let counters = dev::Counters::from(numbers);
    Interface { name: Name::new(name.as_bytes()), index: None, counters }
}

fn reading(interfaces: impl IntoIterator<Item = Interface>) -> IoCounters {
    let interfaces = interfaces.into_iter().collect();
    IoCounters { interfaces, ..IoCounters::default() }
}

fn protocol(name: &str, counters: &[(&str, i128)]) -> ProtocolCounters {
    let counters = counters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let protocols = vec![Protocol { name: name.to_owned(), counters }];
    ProtocolCounters { protocols, ..ProtocolCounters::default() }
}

fn conntrack(names: &[&str], cpus: &[&[u64]]) -> ConntrackStats {
    let names = names.iter().map(ToString::to_string).collect();
    let cpus = cpus.iter().map(|cpu| cpu.to_vec()).collect();
    ConntrackStats { names, cpus, ..ConntrackStats::default() }
}

fn rates(group: GroupRates<'_>) -> Vec<(&str, Rate)> {
    group.iter().map(|counter| (counter.name, counter.rate)).collect()
}

#[test]
fn interfaces_appear_and_vanish() {
    let before = reading(["lo", "gone", "eth0"].map(|name| interface(name, [10; 16])));
    let after = reading(["new", "eth0", "lo"].map(|name| interface(name, [30; 16])));
    let seen: Vec<_> = after
        .rates(&before, 2 * SECOND)
        .map(|group| (group.name().to_string(), group.unknown(), group.get("tx_bytes").unwrap()))
        .collect();
    let appeared = (Some(NoRate::Appeared), Rate::Unknown(NoRate::Appeared));
    let vanished = (Some(NoRate::Vanished), Rate::Unknown(NoRate::Vanished));
    let known = (None, Rate::PerSecond(10.0));
    let expected = [("new", appeared), ("eth0", known), ("lo", known), ("gone", vanished)];
    assert_eq!(seen, expected.map(|(name, (why, rate))| (name.to_owned(), why, rate)));
}

#[test]
fn a_recreated_interface_has_no_rates() {
    let mut old = [0; 16];
    (old[0], old[1], old[8], old[9]) = (3_000_000_000, 2_000_000, 7_000, 50);
    let mut new = [0; 16];
    // The bytes alone could be a wrap, and one counter has exceeded its old value.
    (new[0], new[1], new[8], new[9]) = (1_000, 10, 500, 60);
    let (before, after) = (reading([interface("eth0", old)]), reading([interface("eth0", new)]));
    let group = after.rates(&before, SECOND).next().unwrap();
    assert_eq!(group.unknown(), Some(NoRate::Reset));
    assert!(group.iter().all(|counter| counter.rate == Rate::Unknown(NoRate::Reset)));
    assert_eq!(group.iter().next().unwrap().value, Some(1_000), "the value is known");

    // Without a counter that has not become smaller, a possible wrap is a reset.
    let bytes =
        |bytes| reading([interface("eth0", [bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])]);
    let (before, after) = (bytes(u64::from(u32::MAX)), bytes(9));
    let group = after.rates(&before, SECOND).next().unwrap();
    assert_eq!(group.unknown(), Some(NoRate::Reset));
}

#[test]
fn gauges_have_their_value() {
    let names = ["RtoMin", "MaxConn", "CurrEstab", "InSegs"];
    let with = |values: [i128; 4]| protocol("Tcp", &[0, 1, 2, 3].map(|at| (names[at], values[at])));
    let before = with([200, -1, 900, 1000]);
    // Summed while two connections were closing.
    let after = with([200, -1, i128::from(u64::MAX) - 1, 1500]);
    let group = after.rates(&before, Interval::new(SECOND).word(64)).next().unwrap();
    let expected = [Rate::Gauge(200), Rate::Gauge(-1), Rate::Gauge(-2), Rate::PerSecond(500.0)];
    assert_eq!(rates(group), std::iter::zip(names, expected).collect::<Vec<_>>());
}

#[test]
fn counters_wrap_at_the_word_size_of_the_kernel() {
    let with = |segments| protocol("Tcp", &[("InSegs", segments), ("OutSegs", 5)]);
    let (before, after) = (with(i128::from(u32::MAX)), with(9));
    let rate = |bits| {
        let group = after.rates(&before, Interval::new(SECOND).word(bits)).next().unwrap();
        group.get("InSegs").unwrap()
    };
    assert_eq!(rate(32), Rate::PerSecond(10.0));
    assert_eq!(rate(64), Rate::Unknown(NoRate::Reset));
    // IP octets have 64 bits on every kernel.
    let with = |octets| protocol("IpExt", &[("InOctets", octets), ("OutOctets", 5)]);
    let (before, after) = (with(i128::from(u32::MAX)), with(9));
    let group = after.rates(&before, Interval::new(SECOND).word(32)).next().unwrap();
    assert_eq!(group.unknown(), Some(NoRate::Reset));
}

#[test]
fn an_absent_message_type_was_0() {
    let nothing = ProtocolCounters::default();
    let echo = protocol("IcmpMsg", &[("InType8", 6)]);
    let both = protocol("IcmpMsg", &[("InType3", 2), ("InType8", 8)]);
    let of = |before, after: &ProtocolCounters| {
        let group = after.rates(before, 2 * SECOND).next().unwrap();
        group.iter().map(|counter| counter.rate).collect::<Vec<_>>()
    };
    assert_eq!(of(&nothing, &echo), [Rate::PerSecond(3.0)]);
    assert_eq!(of(&echo, &both), [Rate::PerSecond(1.0), Rate::PerSecond(1.0)]);
    // The rate of any other new counter is unknown.
    let (old, new) = (protocol("Udp", &[("A", 1)]), protocol("Udp", &[("A", 1), ("B", 9)]));
    assert_eq!(of(&old, &new), [Rate::PerSecond(0.0), Rate::Unknown(NoRate::Appeared)]);
}

#[test]
fn cpus_are_compared_one_by_one_and_summed() {
    let names = ["entries", "found", "drop"];
    let top = u64::from(u32::MAX);
    let before = conntrack(&names, &[&[7, top, 3], &[7, 100, 0]]);
    let after = conntrack(&names, &[&[9, 19, 3], &[9, 180, 1]]);
    let found = rates(after.rates(&before, 10 * SECOND));
    let expected = [Rate::Gauge(9), Rate::PerSecond(10.0), Rate::PerSecond(0.1)];
    assert_eq!(found, std::iter::zip(names, expected).collect::<Vec<_>>());
    let values: Vec<_> = after.rates(&before, SECOND).iter().map(|it| it.value).collect();
    assert_eq!(values, [Some(9), Some(199), Some(4)]);

    let fewer = conntrack(&names, &[&[9, 19, 3]]);
    let group = fewer.rates(&before, SECOND);
    assert_eq!(
        (group.unknown(), group.get("found")),
        (Some(NoRate::Cpus), Some(Rate::Unknown(NoRate::Cpus)))
    );
    assert_eq!(group.get("entries"), Some(Rate::Gauge(9)));
}

#[test]
fn an_interface_with_another_index_was_recreated() {
    let with = |index: Option<u32>, value: u64| {
        let ipv6 = Snmp6Counters {
            counters: vec![("Ip6InReceives".to_owned(), value)],
            ..Snmp6Counters::default()
        };
        let interface = InterfaceSnmp6 { name: Name::from("eth0"), index, ipv6 };
        InterfacesSnmp6 { interfaces: vec![interface], ..InterfacesSnmp6::default() }
    };
    let rate = |before: &InterfacesSnmp6, after: &InterfacesSnmp6| {
        after.rates(before, SECOND).next().unwrap().get("Ip6InReceives").unwrap()
    };
    assert_eq!(rate(&with(Some(2), 5), &with(Some(2), 9)), Rate::PerSecond(4.0));
    assert_eq!(rate(&with(None, 5), &with(Some(2), 9)), Rate::PerSecond(4.0));
    assert_eq!(rate(&with(Some(2), 5), &with(Some(3), 9)), Rate::Unknown(NoRate::Reset));
    // The same for net/dev.
    let with = |index, value| reading([Interface { index, ..interface("eth0", [value; 16]) }]);
    let rate = |before: &IoCounters, after: &IoCounters| {
        after.rates(before, SECOND).next().unwrap().get("tx_bytes").unwrap()
    };
    assert_eq!(rate(&with(Some(2), 5), &with(Some(2), 9)), Rate::PerSecond(4.0));
    assert_eq!(rate(&with(None, 5), &with(Some(2), 9)), Rate::PerSecond(4.0));
    assert_eq!(rate(&with(Some(2), 5), &with(Some(3), 9)), Rate::Unknown(NoRate::Reset));
}

#[test]
fn rows_of_different_cpus_are_not_compared() {
    let line = |processed: u32, cpu: u32| {
        format!(
            "{processed:08x} 00000000 00000002 00000000 00000000 00000000 00000000 00000000 \
            00000000 00000000 00000000 00000000 {cpu:08x} 00000000 00000000\n"
        )
    };
    let reading = |cpus: [(u32, u32); 2]| {
        SoftnetStats::decode(cpus.map(|(processed, cpu)| line(processed, cpu)).concat().as_bytes())
    };
    let before = reading([(u32::MAX, 0), (5, 2)]);
    let rate = |after: &SoftnetStats| after.rates(&before, SECOND).get("processed").unwrap();
    assert_eq!(rate(&reading([(4, 0), (15, 2)])), Rate::PerSecond(15.0));
    assert_eq!(rate(&reading([(4, 0), (15, 3)])), Rate::Unknown(NoRate::Cpus));
}

#[test]
fn without_elapsed_time_there_is_no_rate() {
    let (before, after) = (protocol("Tcp", &[("InSegs", 1)]), protocol("Tcp", &[("InSegs", 2)]));
    let group = after.rates(&before, Duration::ZERO).next().unwrap();
    assert_eq!(group.get("InSegs"), Some(Rate::Unknown(NoRate::NoTime)));
}

proptest! {
    /// Rates are exact across any number of wraps.
    #[test]
    fn rates_are_correct_across_wraps(
        narrow in any::<bool>(),
        start in prop::collection::vec(any::<u64>(), 16),
        steps in prop::collection::vec(prop::collection::vec(0..u64::from(u32::MAX / 2), 16), 1..8),
    ) {
        let most = if narrow { u64::from(u32::MAX) } else { u64::MAX };
        // Counters that do not wrap.
        let mut truth: Vec<u128> = start.into_iter().map(u128::from).collect();
        let shown = |truth: &[u128]| {
            let mut numbers = [0; 16];
            for (number, truth) in numbers.iter_mut().zip(truth) {
                *number = (truth & u128::from(most)) as u64;
            }
            numbers[3] = 1;
            reading([interface("eth0", numbers)])
        };
        let mut before = shown(&truth);
        for step in steps {
            truth.iter_mut().zip(&step).for_each(|(truth, step)| *truth += u128::from(*step));
            let after = shown(&truth);
            let group = after.rates(&before, Interval::new(SECOND).word(if narrow { 32 } else { 64 }));
            for (at, counter) in group.flat_map(|group| group.iter()).enumerate() {
                let expected = if at == 3 { 0.0 } else { step[at] as f64 };
                prop_assert_eq!(counter.rate, Rate::PerSecond(expected), "{}", counter.name);
            }
            before = after;
        }
    }

    /// A reset group whose counters are all smaller than before has no rate, if words have 64 bits
    /// and one counter was small.
    #[test]
    fn a_reset_group_has_no_rate(
        old in prop::collection::vec(1..u64::MAX / 4, 16),
        small in 0..16_usize,
        shares in prop::collection::vec(0.0..0.99, 16),
    ) {
        let mut numbers = [1; 16];
        numbers.copy_from_slice(&old);
        numbers[small] = numbers[small] % 1_000_000 + 1;
        let mut fresh = numbers;
        fresh.iter_mut().zip(shares).for_each(|(new, share)| *new = (*new as f64 * share) as u64);
        let (before, after) = (reading([interface("a", numbers)]), reading([interface("a", fresh)]));
        let group = after.rates(&before, Interval::new(SECOND).word(64)).next().unwrap();
        prop_assert_eq!(group.unknown(), Some(NoRate::Reset));
    }
}
