//! The fuzz targets: one for each table, and some that are not about a table.
//!
//! They are defined here, and not in the fuzzing crate, so that its seeds and its findings are
//! replayed on stable Rust by the tests.

use crate::{
    check,
    proc_tree::Case,
    table::{self, Table},
};

/// A target's name and its function.
type Target = (&'static str, fn(&[u8]));

/// The targets that are not about a table.
const OTHERS: [Target; 7] = [
    ("bpf_event", bpf_event),
    ("bpf_row", bpf_row),
    ("btf", btf),
    ("escape", escape),
    ("filter", filter),
    ("proc_tree", proc_tree),
    ("window", window),
];

/// The names of all targets.
pub fn names() -> impl Iterator<Item = &'static str> {
    let tables = table::ALL.into_iter().map(Table::name);
    tables.chain(OTHERS.into_iter().map(|(name, _)| name))
}

/// Runs a target.
///
/// # Panics
///
/// If a property does not hold for the input, or there is no such target.
pub fn run(target: &str, input: &[u8]) {
    if let Some(table) = table::ALL.into_iter().find(|table| table.name() == target) {
        return table.fuzz(input);
    }
    let other = OTHERS.into_iter().find(|(name, _)| *name == target);
    other.unwrap_or_else(|| panic!("no target is called {target}")).1(input);
}

/// Events as the BPF programs write them.
fn bpf_event(data: &[u8]) {
    check::bpf::event(data);
}

/// Rows as the BPF program writes them.
fn bpf_row(data: &[u8]) {
    check::bpf::row(data);
}

/// The kernel's type information.
fn btf(data: &[u8]) {
    check::bpf::types(data);
}

/// A name, and a text that may contain escapes.
fn escape(data: &[u8]) {
    check::escape::bytes(data);
    check::escape::text(&String::from_utf8_lossy(data));
}

/// The first byte selects the byte order and the number of expressions, the second the size of
/// the buffer; a socket and the expressions follow.
fn filter(data: &[u8]) {
    check::filter::bytes(data);
}

/// A tree of files in place of /proc, and its changes: see [`proc_tree`](crate::proc_tree).
fn proc_tree(data: &[u8]) {
    check::proc_tree::case(&Case::parse(data));
}

/// The first byte is the size of the buffer, the second the number of lengths that follow, which
/// are those of the reads. The rest is the input.
fn window(data: &[u8]) {
    let [size, count, rest @ ..] = data else { return };
    let (lengths, input) = rest.split_at(usize::from(*count).min(rest.len()));
    let lengths: Vec<usize> = lengths.iter().map(|length| usize::from(*length)).collect();
    check::window::pieces(input, usize::from(*size), &lengths);
    check::window::whole(input);
}
