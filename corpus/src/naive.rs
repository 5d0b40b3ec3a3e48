//! Slow, obvious code that the fast implementations are compared with.
//!
//! It shares nothing with procnet-core and procnet, and the decoders are the shortest statement
//! of what a table means: each line is split into owned columns, and each column is parsed by the
//! standard library. `None` means "does not decode"; which error that is concerns only the fast
//! decoders, and is tested by the files in `malformed/`. Procnet-core's public types are used only
//! as data (a table, an address, a record to compare).
//!
//! The decoders are in the module `naive` of each [`table`](crate::table).

pub mod btf;
pub mod escape;
pub(crate) mod fields;
pub mod filter;
pub mod join;
pub mod lines;
pub mod repair;
pub mod ss;
pub mod text;
