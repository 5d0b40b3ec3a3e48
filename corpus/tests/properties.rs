//! Properties on generated inputs.
//!
//! The seed of a failure is added to `proptest-regressions/`, to be committed with the fix.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use procnet_core::ByteOrder;
use procnet_corpus::{
    check::{self, window},
    generate,
    table::{
        self, Table,
        inet::{inet_record, render::Kind},
        process, unix,
    },
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{FileFailurePersistence, TestRunner},
};

fn config(seeds: &'static str, cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..ProptestConfig::with_cases(cases)
    }
}

/// Random files of one table, mutated.
fn check_table(table: &'static dyn Table) {
    let seeds = format!("proptest-regressions/{}.txt", table.name());
    let files = table
        .generate()
        .prop_flat_map(|(bytes, variant)| (generate::mutated(Just(bytes)), Just(variant)));
    let result =
        TestRunner::new(config(seeds.leak(), table.cases())).run(&files, |(bytes, variant)| {
            table.check(&bytes, variant);
            Ok(())
        });
    if let Err(error) = result {
        panic!("{}: {error}", table.name());
    }
}

#[test]
fn every_property_of_each_table_holds_for_generated_files() {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let checked = (0..threads).map(|first| {
            scope.spawn(move || {
                let tables = table::ALL.into_iter().skip(first).step_by(threads);
                let failed = |table: &&'static dyn Table| {
                    catch_unwind(AssertUnwindSafe(|| check_table(*table))).is_err()
                };
                tables.filter(failed).map(Table::name).collect::<Vec<_>>()
            })
        });
        let checked: Vec<_> = checked.collect();
        let failed: Vec<&str> =
            checked.into_iter().flat_map(|thread| thread.join().expect("a result")).collect();
        assert!(failed.is_empty(), "failed: {failed:?}; the reasons are above");
    });
}

proptest! {
    #![proptest_config(config("proptest-regressions/sources.txt", 2000))]

    #[test]
    fn a_socket_is_the_same_from_a_row_and_from_a_message(
        (record, host, kind) in (generate::host(), select(Kind::ALL.to_vec())).prop_flat_map(
            |(host, kind)| (inet_record(kind.table(host.order)), Just(host), Just(kind)),
        ),
    ) {
        check::sources::inet(&record, host, kind);
    }
}

/// Random files of every table, as people send them and with random errors.
fn sent_table() -> impl Strategy<Value = (usize, Vec<u8>, table::Variant)> {
    let tables = (0..table::ALL.len()).filter(|table| has_layout(table::ALL[*table]));
    select(tables.collect::<Vec<usize>>()).prop_flat_map(|table| {
        let files = table::ALL[table].generate().prop_flat_map(|(bytes, variant)| {
            let damages = vec(select(check::capture::Damage::ALL.to_vec()), 0..3);
            let files = damages.prop_map(move |damages| {
                damages.iter().fold(bytes.clone(), |bytes, damage| damage.of(&bytes))
            });
            (generate::mutated(files), Just(variant))
        });
        files.prop_map(move |(bytes, variant)| (table, bytes, variant))
    })
}

fn has_layout(table: &dyn Table) -> bool {
    let order = ByteOrder::Little;
    table.files().iter().any(|file| check::capture::name(table::Variant { file, order }).is_some())
}

proptest! {
    #![proptest_config(config("proptest-regressions/capture.txt", 3000))]

    #[test]
    fn a_repaired_text_is_what_the_naive_repair_returns((table, bytes, variant) in sent_table()) {
        let name = check::capture::name(variant).expect("a layout");
        check::capture::same(&bytes, name);
        let layout = procnet_core::capture::Layout::of(name).expect("a layout");
        let mut text = bytes.clone();
        table::ALL[table].check(procnet_core::capture::in_place(&mut text, layout).0, variant);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/filter.txt", 1500))]

    #[test]
    fn bytecode_means_what_its_conditions_say(
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
    #![proptest_config(config("proptest-regressions/process.txt", 3000))]

    #[test]
    fn namespaces_are_found_in_mountinfo(file in generate::mutated(process::mountinfo())) {
        process::check::namespace(&file);
    }

    #[test]
    fn escaped_names_read_back(name in generate::mutated(generate::name(60)), text in ".{0,40}|[\\\\x0-9A-Fa-f]{0,20}") {
        check::escape::bytes(&name);
        check::escape::text(&text);
    }
}

proptest! {
    // Each step of shrinking a failing tree takes as long as a case.
    #![proptest_config(ProptestConfig {
        max_shrink_time: 10_000,
        ..config("proptest-regressions/proc_tree.txt", 500)
    })]

    #[test]
    fn the_join_of_a_tree_is_the_naive_one(case in generate::case()) {
        check::proc_tree::case(&case);
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/window.txt", 150))]

    #[test]
    fn windows_show_short_inputs_at_every_split_and_size(input in vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..24)) {
        window::every(&input);
    }

    #[test]
    fn windows_show_tables_at_every_split_and_size(
        (file, _) in unix::Unix.generate().prop_flat_map(|(file, variant)| {
            (generate::mutated(Just(file)), Just(variant))
        }),
    ) {
        window::every(&file);
    }

    #[test]
    fn windows_show_inputs_that_arrive_in_random_pieces(
        input in vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300),
        size in 0..100_usize,
        pieces in vec(0..70_usize, 0..9),
    ) {
        window::pieces(&input, size, &pieces);
    }
}
