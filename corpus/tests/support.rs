//! The captures contain what SUPPORT.md claims.

mod common;

use std::path::Path;

use procnet_corpus::table::{self, Table};

#[test]
fn every_named_capture_has_the_file() {
    let text = std::fs::read_to_string(common::folder("../SUPPORT.md")).expect("SUPPORT.md");
    let mut file = "";
    let mut files = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## `") {
            file = name.trim_end_matches('`');
            files.push(file);
        }
        // A row: a claim, and a capture for each kernel.
        let Some(row) = line.strip_prefix("| ").filter(|row| !row.starts_with('|')) else {
            continue;
        };
        for cell in row.trim_end_matches(" |").split(" | ").skip(1).filter(|cell| *cell != "–") {
            let path = common::folder("captures").join(format!("linux-{cell}/net/{file}"));
            assert!(path.is_file(), "{line}: {} is not there", path.display());
            has_columns(row, &path);
            count += 1;
        }
    }
    assert!(count > 300, "only {count} cells");
    for path in table::ALL.into_iter().flat_map(Table::files) {
        // Of the host, and with a fixed name.
        if let Some(file) = path.strip_prefix("net/").filter(|file| !file.contains('*')) {
            assert!(files.contains(&file), "{file} is missing");
        }
    }
}

/// If a row is about named columns, the capture has these names.
fn has_columns(row: &str, capture: &Path) {
    let what = row.split(" | ").next().unwrap_or_default();
    let Some(names) = what.strip_prefix("columns `") else { return };
    let text = String::from_utf8_lossy(&common::read(capture)).into_owned();
    let words: Vec<&str> = text.split(|byte: char| " \t\n:".contains(byte)).collect();
    for name in names.trim_end_matches('`').split("`, `") {
        assert!(words.contains(&name), "{name} is not in {}", capture.display());
    }
}
