//! A few lines of each table through every property: for an interpreter, and with it for a
//! machine of the other byte order (`scripts/miri.sh`).

mod common;

use procnet_core::{ByteOrder, Lines};
use procnet_corpus::{
    check,
    table::{self, Table, Variant},
};

/// Headings and a row or two.
fn head(file: &[u8], count: usize) -> &[u8] {
    let mut lines = Lines::new(file);
    let _ = lines.by_ref().take(count).count();
    file.strip_suffix(lines.rest()).unwrap_or(file)
}

/// Whether the other machine interprets this table, as the two share the work: that with the big-endian capture
/// has the tables that depend on the byte order, and some others.
fn is_elsewhere(at: usize, table: &dyn Table, order: ByteOrder) -> bool {
    let on_big_endian = table.depends_on_byte_order() || at.is_multiple_of(3);
    cfg!(miri) && on_big_endian != (order == ByteOrder::Big)
}

/// The capture has most tables; of a process, those of one with an odd name.
fn every_property_holds(capture: &str, order: ByteOrder) {
    let capture = common::folder("captures").join(capture);
    let mut count = 0;
    for (at, table) in table::ALL.into_iter().enumerate() {
        if is_elsewhere(at, table, order) {
            continue;
        }
        // Four cover each decoder of inet sockets: tcp, tcp6, udp and udp6. Interpreted, the first two do.
        let files = if cfg!(miri) { 2 } else { 4 };
        for file in table.files().iter().take(files) {
            let paths = [capture.join(file), capture.join("811").join(file)];
            let Some(path) = paths.iter().find(|path| path.is_file()) else { continue };
            let bytes = common::read(path);
            table::check(table, head(&bytes, table.sample()), Variant { file, order });
            count += 1;
        }
    }
    let least = if cfg!(miri) { 8 } else { 25 };
    assert!(count >= least, "only {count} files");
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
