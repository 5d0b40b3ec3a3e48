//! Tables as the kernel prints them: its format strings, for its versions, word sizes and
//! byte orders.
//!
//! What a function prints follows the kernel's source file and function that it names; the recorded
//! captures verify it byte for byte for their kernel. The format strings are in the module
//! `render` of each [`table`](crate::table).

pub(crate) mod fields;
mod host;

pub use host::{Host, Kernel, Word};

/// A file of a capture: its path and content.
pub type File = (String, Vec<u8>);

/// An interface name of 15 bytes, the maximum, which leaves no padding.
pub(crate) const LONG_NAME: &[u8] = b"15charsname_567";
