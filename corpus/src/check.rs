//! Every property of procnet, stated once. Those of a table's decoder are in
//! [`LineTable`](crate::table::LineTable) or in the table's own module `check`.
//!
//! Unit tests, property tests, fuzz targets and the replay of files all call the same functions,
//! which panic if a property does not hold for their input. The properties of all decoders:
//!
//! - no input causes a panic;
//! - the fast decoder agrees with the naive one: column by column where columns are decoded on
//!   demand, and for whole rows;
//! - an error's offset is inside its line;
//! - the rows do not depend on how the input is split into reads;
//! - a datagram truncated anywhere yields the messages before the cut, and an error;
//! - a socket decoded from a row is the same as one decoded from a message;
//! - a decoded row, printed again in the kernel's format, decodes to the same row.
//!
//! [`proc_tree`] compares more than decoders: the facade's whole join with a naive one.

pub mod bpf;
pub mod capture;
pub mod escape;
pub mod filter;
pub mod proc_tree;
pub mod sources;
pub mod window;

use procnet_core::{Error, escape::Escaped};

/// An error's offset is inside its line, or at its end.
pub(crate) fn inside(error: Error, line: &[u8]) {
    let (offset, length) = (error.offset(), line.len());
    assert!(offset <= length, "{error}: beyond the {length} bytes of {}", Escaped(line));
    assert!(error.to_string().starts_with(error.column().name()), "{error}");
}

/// The fast decoder and the naive one agree on a column or a row.
#[track_caller]
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    line: &[u8],
    fast: &Result<T, Error>,
    naive: &Option<T>,
) {
    if let Err(error) = fast {
        inside(*error, line);
    }
    assert!(
        fast.as_ref().ok() == naive.as_ref(),
        "{what}: fast {fast:?}, naive {naive:?}, in {}",
        Escaped(line)
    );
}
