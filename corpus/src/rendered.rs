//! The rendered captures: the same sockets and counters, as each of several hosts prints them.
//!
//! The rows are those of each table's module `capture`. Besides the format, kernels also differ
//! in what they contain: the owner of a socket without an inode, the timer of an overdue socket,
//! and which tables exist.

use procnet_core::ByteOrder;

use crate::{
    render::{File, Host, Kernel, Word},
    table,
};

/// The rendered captures: folder, architecture, host.
#[must_use]
pub fn captures() -> Vec<(String, &'static str, Host)> {
    use {ByteOrder::*, Kernel as K, Word::*};
    let hosts = [
        ("i686", K::V2_6_24, Bits32, Little),
        ("x86_64", K::V2_6_24, Bits64, Little),
        ("mips", K::V3_0, Bits32, Big),
        ("x86_64", K::V3_0, Bits64, Little),
        ("armv7l", K::V4_4, Bits32, Little),
        ("x86_64", K::V4_4, Bits64, Little),
        ("s390x", K::V4_19, Bits64, Big),
        ("x86_64", K::V4_19, Bits64, Little),
        ("aarch64", K::V5_10, Bits64, Little),
        ("s390x", K::V6_1, Bits64, Big),
        ("armv7l", K::V6_12, Bits32, Little),
        ("x86_64", K::V6_12, Bits64, Little),
        ("s390x", K::V7_2, Bits64, Big),
        ("x86_64", K::V7_2, Bits64, Little),
    ];
    hosts
        .into_iter()
        .map(|(machine, kernel, word, order)| {
            (format!("linux-{kernel}-{machine}"), machine, Host { kernel, word, order })
        })
        .collect()
}

/// The files of a capture.
#[must_use]
pub fn files(name: &str, machine: &str, host: Host) -> Vec<File> {
    let mut files = vec![("ORIGIN.md".to_owned(), origin(name, machine, host).into_bytes())];
    files.extend(table::ALL.into_iter().flat_map(|table| table.rendered(host)));
    files
}

fn origin(name: &str, machine: &str, host: Host) -> String {
    let kernel = host.kernel;
    let order = match host.order {
        ByteOrder::Little => "little",
        ByteOrder::Big => "big",
    };
    format!(
        "# {name}

- origin: rendered
- kernel: {kernel}
- architecture: {machine}
- byte order: {order}
- command: `cargo run -p procnet-corpus --example render`
- date: 2026-11-23

No such host was available: the rows come from the tables' modules `capture` in
`corpus/src/table/`, printed with the format strings, word size and byte order of this kernel.
The command above regenerates the capture byte for byte.
"
    )
}
