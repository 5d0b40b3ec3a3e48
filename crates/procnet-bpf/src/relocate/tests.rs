//! On the types of real kernels: tests/layouts, made by scripts/excerpt.py.

use std::{fmt::Write as _, fs, path::Path};

use procnet_core::ByteOrder;

use super::*;
use crate::{
    btf::tests::builder::Builder,
    program::{ALL, ROWS},
};

const LAYOUTS: [&str; 5] = ["5.10", "6.1", "6.12", "6.18", "7.2"];

fn read(kernel: &str, extension: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts");
    fs::read(folder.join(format!("linux-{kernel}-x86_64.{extension}"))).expect("a layout")
}

fn names() -> Vec<&'static str> {
    let values = ALL.into_iter().flat_map(|program| program.values);
    values.map(|value| value.root).collect()
}

fn constants() -> Constants {
    Constants { pid_namespace_level: 3, ..Constants::default() }
}

#[test]
fn programs_are_patched_as_by_another_implementation() {
    for kernel in LAYOUTS {
        let bytes = read(kernel, "btf");
        let types = Types::scan(&bytes, &names()).expect("types");
        let mut patched = String::new();
        for program in ALL {
            let found = find(program, &types).expect("all that the program needs");
            let instructions = patch(program, &found, &constants()).expect("instructions");
            let mut indexes: Vec<u16> = program.relocations.iter().map(|line| line.0).collect();
            indexes.sort_unstable();
            indexes.dedup();
            for index in indexes {
                let word = instructions[usize::from(index)];
                writeln!(patched, "{} {index} {word:016x}", program.name).expect("memory");
            }
        }
        let expected = String::from_utf8(read(kernel, "txt")).expect("text");
        for (patched, expected) in patched.lines().zip(expected.lines()) {
            assert_eq!(patched, expected, "Linux {kernel}");
        }
        assert_eq!(patched.lines().count(), expected.lines().count());
    }
}

/// What was in struct file, sock and inet_connection_sock when this was written.
#[test]
fn layouts_differ_as_the_kernels_do() {
    let offset = |kernel: &str, root: &str, path: &str| {
        let bytes = read(kernel, "btf");
        let types = Types::scan(&bytes, &names()).expect("types");
        types.field(root, path).ok().map(|field| field.offset)
    };
    let timers = |kernel| {
        let connection = "inet_connection_sock";
        (
            offset(kernel, connection, "icsk_timeout"),
            offset(kernel, connection, "icsk_retransmit_timer.expires"),
            offset(kernel, "sock", "tcp_retransmit_timer.expires"),
        )
    };
    assert_eq!(timers("6.1"), (Some(1088), Some(1112), None));
    assert_eq!(timers("6.18"), (None, Some(1120), None));
    assert_eq!(timers("7.2"), (None, None, Some(456)));
}

/// Those of sending and receiving came with Linux 6.3.
#[test]
fn tracepoints_are_found_where_a_kernel_has_them() {
    for kernel in LAYOUTS {
        let bytes = read(kernel, "btf");
        let names = ["btf_trace_inet_sock_set_state", "btf_trace_sock_send_length"];
        let types = Types::scan(&bytes, &names).expect("types");
        let found = names.map(|name| types.typedef(name).is_ok());
        assert_eq!(found, [true, !["5.10", "6.1"].contains(&kernel)], "Linux {kernel}");
    }
}

#[test]
fn a_missing_member_is_named_unless_the_program_asks_for_it() {
    let mut b = Builder::new(ByteOrder::NATIVE);
    let long = b.int("long", 8);
    b.composite(4, "file", 16, &[("f_inode", long, 64)]);
    let bytes = b.build();
    let types = Types::scan(&bytes, &["file", "gone"]).expect("types");
    let value =
        |root, path, optional| Value { root, path, what: What::Offset { size: 8 }, optional };
    for (root, path) in [("file", "f_gone"), ("gone", "a")] {
        assert_eq!(find_value(&value(root, path, true), &types), Ok(None));
        let error = find_value(&value(root, path, false), &types).expect_err("a misfit");
        assert!(matches!(error, Misfit::Btf(Error::NoField { .. } | Error::NoType { .. })));
    }
    let exists = |root, path| Value { root, path, what: What::FieldExists, optional: true };
    let number = |root, path| {
        let found = find_value(&exists(root, path), &types).expect("an answer");
        found.map(|number| number.value)
    };
    assert_eq!(number("file", "f_inode"), Some(1));
    assert_eq!(number("file", "f_gone"), Some(0));
    assert_eq!(number("gone", "a"), Some(0));
}

fn one(instruction: u64, what: What, found: Found) -> Result<u64, Misfit> {
    let values = vec![Value { root: "file", path: "f_inode", what, optional: false }].leak();
    let program = Program {
        name: "one",
        instructions: vec![instruction].leak(),
        values,
        relocations: &[(0, 0)],
        constants: &[],
        maps: &[],
    };
    patch(&program, &[found], &Constants::default()).map(|patched| patched[0])
}

const LOAD_DOUBLE: u64 = 0x79;
const ADD: u64 = 0x07;

#[test]
fn a_load_is_as_wide_as_the_member() {
    let load = |size| {
        one(LOAD_DOUBLE, What::Offset { size: 8 }, Some(Number { value: 0x12, size: Some(size) }))
    };
    assert_eq!(load(8), Ok(0x12_0079));
    assert_eq!(load(4), Ok(0x12_0061));
    assert_eq!(load(2), Ok(0x12_0069));
    assert_eq!(load(1), Ok(0x12_0071));
    let error = Misfit::Size { root: "file", path: "f_inode", size: 16 };
    assert_eq!(load(16), Err(error));
}

#[test]
fn an_address_of_a_member_of_another_size_is_refused() {
    let address =
        |size| one(ADD, What::Offset { size: 8 }, Some(Number { value: 0x12, size: Some(size) }));
    assert_eq!(address(8), Ok(0x12_0000_0007));
    let error = Misfit::Size { root: "file", path: "f_inode", size: 4 };
    assert_eq!(address(4), Err(error));
}

#[test]
fn an_offset_that_no_load_reaches_is_refused() {
    let load =
        |value| one(LOAD_DOUBLE, What::Offset { size: 8 }, Some(Number { value, size: None }));
    assert_eq!(load(0x7fff), Ok(0x7fff_0079));
    assert_eq!(load(0x8000), Err(Misfit::Instruction { program: "one", index: 0 }));
}

#[test]
fn what_does_not_exist_becomes_a_call_that_the_verifier_would_refuse() {
    assert_eq!(one(LOAD_DOUBLE, What::Offset { size: 8 }, None), Ok(0x0bad_2310_0000_0085));
}

#[test]
fn constants_fill_both_words() {
    let found: Vec<Found> = ROWS.values.iter().map(|_| Some(plain(0))).collect();
    let constants = Constants { families: 0x1234_5678_9abc_def0, ..Constants::default() };
    let patched = patch(&ROWS, &found, &constants).expect("instructions");
    let families = ROWS.constants.iter().find(|line| line.1 == 1).expect("families");
    let at = usize::from(families.0);
    assert_eq!((patched[at] >> 32, patched[at + 1] >> 32), (0x9abc_def0, 0x1234_5678));
}

/// The source register of the first word says what its immediate is; the second word's is an offset.
#[test]
fn maps_are_descriptors_in_the_first_word() {
    let program = Program {
        name: "maps",
        instructions: &[],
        values: &[],
        relocations: &[],
        constants: &[],
        maps: &[(1, 0), (3, 1)],
    };
    let load = [0x0122_3344_0000_0118, 0x0122_3344_0000_0000];
    let mut instructions = [&[0x95], &load[..], &load[..]].concat();
    let maps = [MapReference::Map(7), MapReference::Value(8)];
    assert_eq!(patch_maps(&program, &mut instructions, &maps), Ok(()));
    assert_eq!(instructions, [0x95, 0x7_0000_1118, 0, 0x8_0000_2118, 0]);
    let misfit = Misfit::Instruction { program: "maps", index: 3 };
    assert_eq!(patch_maps(&program, &mut instructions[..4], &maps), Err(misfit.clone()));
    assert_eq!(patch_maps(&program, &mut instructions, &maps[..1]), Err(misfit));
}
