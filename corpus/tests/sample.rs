//! A few lines of each table through every property: for an interpreter, and with it for a
//! machine of the other byte order (`scripts/miri.sh`).

mod common;

use procnet_core::{ByteOrder, Lines};
use procnet_corpus::{
    check,
    table::{self, Variant},
};

/// Headings and a row or two.
fn head(file: &[u8], count: usize) -> &[u8] {
    let mut lines = Lines::new(file);
    let _ = lines.by_ref().take(count).count();
    file.strip_suffix(lines.rest()).unwrap_or(file)
}

/// The capture has most tables; of a process, those of one with an odd name.
fn every_property_holds(capture: &str, order: ByteOrder) {
    let capture = common::folder("captures").join(capture);
    let mut count = 0;
    for table in table::ALL {
        // Four cover each decoder of inet sockets.
        for file in table.files().iter().take(4) {
            let paths = [capture.join(file), capture.join("811").join(file)];
            let Some(path) = paths.iter().find(|path| path.is_file()) else { continue };
            let bytes = common::read(path);
            table::check(table, head(&bytes, table.sample()), Variant { file, order });
            count += 1;
        }
    }
    assert!(count >= 25, "only {count} files");
}

#[test]
fn properties_hold_on_a_little_endian_host() {
    every_property_holds("linux-7.2-x86_64", ByteOrder::Little);
}

#[test]
fn properties_hold_on_a_big_endian_host() {
    every_property_holds("linux-7.2-s390x", ByteOrder::Big);
}

#[test]
fn windows_show_the_same_lines_at_every_split() {
    for input in [&b"\n"[..], b"ab\nc\n\nlast"] {
        check::window::every(input);
    }
}
