//! The data folders.
#![allow(dead_code, unreachable_pub, reason = "each test uses its own part")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use procnet_core::ByteOrder;
use procnet_corpus::table::{self, Table, Variant};

/// A folder of the corpus.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every file in a folder and below it, in order, without prose.
pub fn files(name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder(name)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder);
        let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The table that a file of `malformed/` or `pathological/` is in the folder of.
pub fn table_of_folder(path: &Path) -> (&'static dyn Table, Variant) {
    let folder = path.parent().expect("a folder").to_string_lossy();
    table::find(&folder, ByteOrder::Little).unwrap_or_else(|| panic!("{folder}: no such table"))
}

/// A file's bytes.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
