//! Tables as people send them.
//!
//! `PROCNET_BLESS=1` rewrites the golden files: review the changes before you commit them.

mod common;

use std::fs;

use procnet_core::{ByteOrder, capture};
use procnet_corpus::{
    check::capture::{Damage, name, rows, same, sent},
    golden, table,
};

#[test]
fn every_captured_table_is_read_whatever_was_done_to_it() {
    let together =
        [Damage::Returns(1), Damage::Indent(4), Damage::BlankLines(2), Damage::ByteOrderMark];
    let mut count = 0;
    for path in common::files("captures") {
        let shown = path.to_string_lossy();
        let Some((table, variant)) = table::find(&shown, ByteOrder::Little) else { continue };
        let bytes = common::read(&path);
        for damage in Damage::ALL {
            count += u32::from(sent(table, &bytes, variant, &[damage]));
        }
        sent(table, &bytes, variant, &together);
    }
    assert!(count > 2000, "only {count} damaged tables");
}

/// Each file has its rows, then what was forgiven, then what is doubtful.
#[test]
fn each_file_has_the_expected_rows_and_remarks() {
    let bless = std::env::var_os("PROCNET_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in common::files("sent") {
        if path.extension().is_some_and(|extension| extension == "golden") {
            continue;
        }
        let (table, variant) = common::table_of_folder(&path);
        let mut bytes = common::read(&path);
        let name = name(variant).expect("a table that people send");
        same(&bytes, name);
        let layout = capture::Layout::of(name).expect("a layout");
        let (text, remarks) = capture::in_place(&mut bytes, layout);
        table.check(text, variant);
        let mut found = golden::text(&rows(table, text, variant));
        found += &format!("forgiven: {remarks}\n");
        remarks.doubts().for_each(|doubt| found += &format!("{doubt}\n"));
        let expected = path.with_added_extension("golden");
        if bless {
            fs::write(&expected, &found).expect("a golden file");
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(&*found) {
            wrong.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
