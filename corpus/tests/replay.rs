//! What the fuzz targets found and what they start from, on stable Rust.

mod common;

use procnet_corpus::{seed, target};

fn run(name: &str, bytes: &[u8]) {
    let (_, target) = target::ALL.iter().find(|(target, _)| *target == name).expect("a target");
    target(bytes);
}

#[test]
fn regressions() {
    let mut count = 0;
    for path in common::files("regressions") {
        count += 1;
        let target = path.parent().and_then(|folder| folder.file_name()).expect("a folder");
        run(&target.to_string_lossy(), &common::read(&path));
        let story = path.with_added_extension("md");
        assert!(story.exists(), "{}: its story is missing", path.display());
    }
    assert!(count > 0);
}

#[test]
fn seeds() {
    let seeds = seed::all(&common::folder("")).expect("the data folders");
    for (name, _) in target::ALL {
        assert!(seeds.iter().any(|(target, _)| *target == name), "no seed for {name}");
    }
    for (target, bytes) in &seeds {
        run(target, bytes);
    }
}
