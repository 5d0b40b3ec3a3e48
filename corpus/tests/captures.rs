//! Captures: every property holds, the rows are those of the golden files, and recorded tables
//! are printed again byte for byte.
//!
//! `PROCNET_BLESS=1` rewrites the golden files: review the changes before you commit them.

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
};

use procnet_core::ByteOrder;
use procnet_corpus::{
    golden,
    render::{Host, Kernel, Word},
    rendered,
    table::{self, Table, Variant},
};

/// The value of a label in a capture's `ORIGIN.md`.
fn origin(capture: &Path, label: &str) -> String {
    let text = fs::read_to_string(capture.join("ORIGIN.md")).expect("ORIGIN.md");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("- {label}: ")));
    line.unwrap_or_else(|| panic!("{}: no line of {label}", capture.display())).to_owned()
}

fn order(capture: &Path) -> ByteOrder {
    match origin(capture, "byte order").as_str() {
        "little" => ByteOrder::Little,
        "big" => ByteOrder::Big,
        other => panic!("{}: byte order {other}", capture.display()),
    }
}

/// The host on which a capture was recorded.
fn recording_host(capture: &Path) -> Host {
    let version = origin(capture, "kernel");
    let minor: Vec<&str> = version.split('.').take(2).collect();
    let is_it = |kernel: &&Kernel| kernel.to_string() == minor.join(".");
    let kernel = *Kernel::ALL.iter().find(is_it).expect("its kernel in `Kernel::ALL`");
    let word = match origin(capture, "architecture").as_str() {
        "x86_64" | "aarch64" | "s390x" => Word::Bits64,
        "i686" | "armv7l" => Word::Bits32,
        other => panic!("{}: the width of {other}", capture.display()),
    };
    Host { kernel, word, order: order(capture) }
}

/// The folders of the captures.
fn captures() -> Vec<PathBuf> {
    let entries = fs::read_dir(common::folder("captures")).expect("captures");
    let mut captures: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    captures.retain(|path| path.is_dir());
    captures.sort();
    captures
}

/// The files of a capture, and their tables.
fn tables(capture: &Path) -> Vec<(PathBuf, &'static dyn Table, Variant)> {
    let order = order(capture);
    let name = capture.file_name().expect("a name").to_string_lossy();
    let files = common::files(&format!("captures/{name}")).into_iter();
    files
        .filter(|path| {
            path.extension().is_none_or(|extension| extension != "golden" && extension != "request")
        })
        .map(|path| {
            let inside = path.strip_prefix(capture).expect("inside").to_string_lossy();
            let found = table::find(&inside, order);
            let (table, variant) = found.unwrap_or_else(|| panic!("{inside}: no such table"));
            (path, table, variant)
        })
        .collect()
}

#[test]
fn rows_are_those_of_the_golden_files() {
    let bless = std::env::var_os("PROCNET_BLESS").is_some();
    let mut wrong = Vec::new();
    for capture in captures() {
        for label in ["origin", "kernel", "architecture", "command", "date"] {
            origin(&capture, label);
        }
        for (path, table, variant) in tables(&capture) {
            let rows = golden::text(&table.rows(&common::read(&path), variant));
            let expected = path.with_added_extension("golden");
            if bless {
                fs::write(&expected, &rows).expect("a golden file");
            } else if fs::read_to_string(&expected).ok().as_deref() != Some(rows.as_str()) {
                wrong.push(expected.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "rows differ from\n{}", wrong.join("\n"));
}

#[test]
fn every_property_holds() {
    for capture in captures() {
        for (path, table, variant) in tables(&capture) {
            table::check(table, &common::read(&path), variant);
        }
    }
}

#[test]
fn rendered_captures_are_up_to_date() {
    for (name, machine, host) in rendered::captures() {
        for (path, content) in rendered::files(&name, machine, host) {
            let path = common::folder("captures").join(&name).join(path);
            assert!(common::read(&path) == content, "{}: run the example `render`", path.display());
        }
    }
}

/// The format strings are the kernel's: its rows, decoded and printed again, are the same.
#[test]
fn recorded_tables_are_printed_again_byte_for_byte() {
    let mut count = 0;
    for capture in captures() {
        if origin(&capture, "origin") != "recorded" {
            continue;
        }
        let host = recording_host(&capture);
        for (path, table, variant) in tables(&capture) {
            let bytes = common::read(&path);
            let Some(printed) = table.print(&bytes, variant, host) else { continue };
            assert!(printed == bytes, "{}: printed differently", path.display());
            count += 1;
        }
    }
    assert!(count > 15, "only {count} tables");
}
