//! SUPPORT.md says what is true of the captures.

mod common;

use procnet_corpus::network::Kind;

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
            count += 1;
        }
    }
    assert!(count > 300, "only {count} cells");
    for kind in Kind::ALL {
        assert!(files.contains(&kind.file()), "nothing of {}", kind.file());
    }
}
