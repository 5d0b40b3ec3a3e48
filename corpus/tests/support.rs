//! SUPPORT.md says what is true of the captures.

mod common;

use std::path::Path;

use procnet_corpus::{network::Kind, render::inet};

#[test]
fn every_capture_that_is_named_has_the_file() {
    let text = std::fs::read_to_string(common::folder("../SUPPORT.md")).expect("SUPPORT.md");
    let mut file = "";
    let mut files = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## `") {
            file = name.trim_end_matches('`');
            files.push(file);
        }
        // A row: what is shown, and a capture for each kernel.
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
    let others = Kind::ALL.map(Kind::file).into_iter().chain(inet::Kind::ALL.map(inet::Kind::file));
    for file in others.chain(OTHERS) {
        assert!(files.contains(&file), "nothing of {file}");
    }
}

/// The files that are neither of a socket with addresses nor of the network's layout.
const OTHERS: [&str; 12] = [
    "unix",
    "packet",
    "netlink",
    "dev",
    "snmp",
    "netstat",
    "snmp6",
    "sockstat",
    "sockstat6",
    "softnet_stat",
    "protocols",
    "stat/nf_conntrack",
];

/// Where a row is about columns by name, the capture has those names.
fn has_columns(row: &str, capture: &Path) {
    let what = row.split(" | ").next().unwrap_or_default();
    let Some(names) = what.strip_prefix("columns `") else { return };
    let text = String::from_utf8_lossy(&common::read(capture)).into_owned();
    let words: Vec<&str> = text.split(|byte: char| " \t\n:".contains(byte)).collect();
    for name in names.trim_end_matches('`').split("`, `") {
        assert!(words.contains(&name), "{name} is not in {}", capture.display());
    }
}
