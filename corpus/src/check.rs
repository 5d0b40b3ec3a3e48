//! Every property of procnet-core's decoders, stated once.
//!
//! Unit tests, property tests, fuzz targets and the replay of files all call these
//! functions, each of which panics if a property does not hold for its input. In common:
//!
//! - nothing panics, whatever the bytes;
//! - fast equals naive: column by column where columns decode on demand, and as whole rows;
//! - an error's offset lies inside its line;
//! - however the input is cut into pieces, the rows are those of the whole slice;
//! - a datagram that is cut anywhere gives the messages before the cut, and an error;
//! - a socket is the same from a row as from a message;
//! - a decoded row, printed again in the kernel's own format, decodes to itself.
//!
//! [`proc_tree`] is about more than decoders: all of the facade's join, against a naive one.

pub mod escape;
pub mod filter;
pub mod proc_tree;
pub mod sources;
pub mod window;

use procnet_core::{Error, escape::Escaped};

/// An error names a byte of its line, or the byte after it.
pub(crate) fn inside(error: Error, line: &[u8]) {
    let (offset, length) = (error.offset(), line.len());
    assert!(offset <= length, "{error}: beyond the {length} bytes of {}", Escaped(line));
    assert!(error.to_string().starts_with(error.column().name()), "{error}");
}

/// One column, or one row: the fast decoder's answer is the naive one's.
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
