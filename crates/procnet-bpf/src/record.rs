//! What programs write, decoded where it lies.
//!
//! Records are made of numbers in the machine's byte order, which is little-endian where programs are
//! loaded; decoders read that order on any machine. **Any input is accepted.**

mod filter;
mod owner;
mod row;

pub use filter::RowFilter;
pub(crate) use owner::Descriptor;
pub use owner::{OtherFile, Owner};
pub use row::{Addresses, MalformedRow, Row};
