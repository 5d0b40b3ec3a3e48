//! Slow, obvious decoders on `Vec` and `str`: the other opinion that the fast ones are held
//! against.
//!
//! They share no code with procnet-core, and prefer the shortest statement of what a table
//! means over everything else: each line is cut into owned columns first, each column is
//! parsed by the standard library. `None` stands for "does not decode"; which error that is
//! belongs to the fast decoders and is pinned by the files in `malformed/`. Core's public
//! types appear only as names for things (a table, an address, a record to compare).

pub mod escape;
pub(crate) mod fields;
pub mod filter;
pub mod join;
pub mod lines;
pub mod text;
