//! The tables are what the sources compile to.

use std::{fs, path::Path};

use sha2::{Digest as _, Sha256};

use super::*;

/// A source that was changed without `scripts/build.py`, which needs a certain compiler, or a table
/// that was changed by hand, fails everywhere.
#[test]
fn sources_and_tables_have_the_recorded_hashes() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read(crate_folder.join(path)).expect(path);
    let recorded = String::from_utf8(read("bpf/inputs.sha256")).expect("text");
    let mut listed = Vec::new();
    for line in recorded.lines() {
        let (hash, path) = line.split_once("  ").expect("a line of sha256sum");
        let now: String =
            Sha256::digest(read(path)).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(now, hash, "{path} was changed; run scripts/build.py");
        listed.push(path);
    }
    for folder in ["bpf", "src/program/generated"] {
        for entry in fs::read_dir(crate_folder.join(folder)).expect(folder) {
            let path = format!("{folder}/{}", entry.expect(folder).file_name().display());
            assert!(
                path == "bpf/inputs.sha256" || listed.contains(&path.as_str()),
                "{path} has no recorded hash; run scripts/build.py"
            );
        }
    }
    assert!(listed.contains(&"scripts/build.py"), "the flags of the compiler are in there");
}

#[test]
fn every_line_of_a_table_refers_to_an_instruction_and_a_value() {
    for program in ALL {
        for (index, value) in program.relocations {
            assert!(usize::from(*index) < program.instructions.len(), "{}", program.name);
            assert!(usize::from(*value) < program.values.len(), "{}", program.name);
        }
        for (index, number) in program.constants {
            let instruction = program.instructions[usize::from(*index)];
            assert_eq!(instruction & 0xff, 0x18, "a load of a number of two words");
            assert!(Constants::default().get(*number).is_some(), "constant {number}");
        }
        for (index, number) in program.maps {
            let instruction = program.instructions[usize::from(*index)];
            assert_eq!(instruction & 0xff, 0x18, "a load of a number of two words");
            assert!(*number < 3, "map {number}");
        }
        assert!(program.name.len() < 16, "the kernel lists it whole");
    }
}

/// What has moved between kernels has to be asked for.
#[test]
fn the_owners_need_only_members_that_every_kernel_has() {
    assert!(OWNERS.values.iter().all(|value| value.what == What::FieldExists || !value.optional));
    let optional = |path| ROWS.values.iter().any(|value| value.path == path && value.optional);
    assert!(optional("icsk_timeout") && optional("tcp_retransmit_timer.expires"));
}
