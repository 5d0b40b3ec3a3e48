//! Generated tables through every property.
//!
//! A failure's seed is added to `proptest-regressions/` and is to be committed with its fix.

use procnet_core::ByteOrder;
use procnet_corpus::{
    check::{self, window},
    generate,
    render::inet::Kind,
};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::FileFailurePersistence};

fn config(seeds: &'static str, cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/inet.txt", 2000))]

    #[test]
    fn inet(
        (file, table) in generate::inet().prop_flat_map(|(file, table)| {
            (generate::mutated(Just(file)), Just(table))
        }),
    ) {
        check::inet::file(&file, table);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/sources.txt", 2000))]

    #[test]
    fn sources(
        (record, host, kind) in (generate::host(), select(Kind::ALL.to_vec())).prop_flat_map(
            |(host, kind)| (generate::inet_record(kind.table(host.order)), Just(host), Just(kind)),
        ),
    ) {
        check::sources::inet(&record, host, kind);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/netlink.txt", 1500))]

    #[test]
    fn netlink(
        (datagram, order) in generate::netlink().prop_flat_map(|(datagram, order)| {
            (generate::mutated(Just(datagram)), Just(order))
        }),
    ) {
        check::netlink::datagram(&datagram, order);
    }

    #[test]
    fn filter(
        expressions in vec(generate::expression(), 0..4),
        size in prop_oneof![0..90_usize, Just(4000)],
        sockets in generate::sockets(),
        little in any::<bool>(),
    ) {
        let order = if little { ByteOrder::Little } else { ByteOrder::Big };
        check::filter::expressions(&expressions, size, &sockets, order);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/unix.txt", 1000))]

    #[test]
    fn unix(file in generate::mutated(generate::unix())) {
        check::unix::file(&file);
    }

    #[test]
    fn packet(file in generate::mutated(generate::packet())) {
        check::packet::file(&file);
    }

    #[test]
    fn netlink_table(file in generate::mutated(generate::netlink_table())) {
        check::netlink_table::file(&file);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/counter.txt", 1000))]

    #[test]
    fn dev(file in generate::mutated(generate::dev())) {
        check::dev::file(&file);
    }

    #[test]
    fn snmp(file in generate::mutated(generate::snmp())) {
        check::snmp::file(&file);
    }

    #[test]
    fn sockstat(file in generate::mutated(generate::sockstat())) {
        check::sockstat::file(&file);
    }

    #[test]
    fn snmp6(file in generate::mutated(generate::snmp6())) {
        check::snmp6::file(&file);
    }

    #[test]
    fn softnet(file in generate::mutated(generate::softnet())) {
        check::softnet::file(&file);
    }

    #[test]
    fn protocols(file in generate::mutated(generate::protocols())) {
        check::protocols::file(&file);
    }

    #[test]
    fn conntrack(file in generate::mutated(generate::conntrack())) {
        check::conntrack::file(&file);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/network.txt", 4000))]

    #[test]
    fn network(
        (kind, order, file) in generate::network().prop_flat_map(|(kind, order, file)| {
            (Just(kind), Just(order), generate::mutated(Just(file)))
        }),
    ) {
        kind.check(&file, order);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/process.txt", 3000))]

    #[test]
    fn link(target in generate::mutated(generate::link())) {
        check::process::link(&target);
        check::process::namespace(&target);
    }

    #[test]
    fn mountinfo(file in generate::mutated(generate::mountinfo())) {
        check::process::namespace(&file);
    }

    #[test]
    fn status(file in generate::mutated(generate::status())) {
        check::process::status(&file);
    }

    #[test]
    fn stat(file in generate::mutated(generate::stat())) {
        check::process::stat(&file);
    }

    #[test]
    fn escape(name in generate::mutated(generate::name(60)), text in ".{0,40}|[\\\\x0-9A-Fa-f]{0,20}") {
        check::escape::bytes(&name);
        check::escape::text(&text);
    }
}

proptest! {
    // A step towards the smallest tree that fails takes as long as a case.
    #![proptest_config(ProptestConfig {
        max_shrink_time: 10_000,
        ..config("proptest-regressions/proc_tree.txt", 500)
    })]

    #[test]
    fn proc_tree(case in generate::case()) {
        check::proc_tree::case(&case);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/window.txt", 150))]

    #[test]
    fn short_inputs_at_every_split_and_size(input in vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..24)) {
        window::every(&input);
    }

    #[test]
    fn tables_at_every_split_and_size(file in generate::mutated(generate::unix())) {
        window::every(&file);
    }

    #[test]
    fn random_pieces(
        input in vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300),
        size in 0..100_usize,
        pieces in vec(0..70_usize, 0..9),
    ) {
        window::pieces(&input, size, &pieces);
    }
}
