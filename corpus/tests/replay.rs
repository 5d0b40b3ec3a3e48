//! What the fuzz targets found and what they start from, on stable Rust.

mod common;

use procnet_corpus::{fuzz, seeds};

#[test]
fn regressions_stay_fixed() {
    let mut count = 0;
    for path in common::files("regressions") {
        count += 1;
        let target = path.parent().and_then(|folder| folder.file_name()).expect("a folder");
        fuzz::run(&target.to_string_lossy(), &common::read(&path));
        let story = path.with_added_extension("md");
        assert!(story.exists(), "{}: its story is missing", path.display());
    }
    assert!(count > 0);
}

#[test]
fn every_target_has_seeds_and_no_seed_fails() {
    let seeds = seeds::all(&common::folder("")).expect("the data folders");
    for name in fuzz::names() {
        assert!(seeds.iter().any(|(target, _)| *target == name), "no seed for {name}");
    }
    for (target, bytes) in &seeds {
        fuzz::run(target, bytes);
    }
}

#[test]
fn the_fuzzing_crate_has_every_target_and_no_other() {
    let manifest = common::read(&common::folder("../fuzz/Cargo.toml"));
    let manifest = String::from_utf8(manifest).expect("a manifest");
    let bins = manifest.split("[[bin]]").skip(1).map(|bin| {
        let name = bin.lines().find_map(|line| line.strip_prefix("name = ")).expect("a name");
        let name = name.trim_matches('"');
        assert!(bin.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}: its file");
        name
    });
    let (mut bins, mut names): (Vec<&str>, Vec<&str>) = (bins.collect(), fuzz::names().collect());
    bins.sort_unstable();
    names.sort_unstable();
    assert_eq!(bins, names);
}
