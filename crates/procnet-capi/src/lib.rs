//! The C library of procnet. `include/procnet.h` documents it, in the form of a manual page.
//!
//! # Map
//!
//! | module | what is in it |
//! |---|---|
//! | `border` | everything unsafe: pointers and strings from C, callbacks, handles, panics |
//! | `result`, `error` | result codes, and the error handle |
//! | `query`, `scanner`, `snapshot`, `lookup` | the ways to ask |
//! | `socket`, `owner`, `address`, `coverage` | what is answered |
//! | `counters`, `process` | everything that is not a socket |
//! | `names` | versions, names of numbers, escaping |
//!
//! Names are those of the header. Every function with a result passes through [`border::run`], which
//! turns a failure into an error handle and a panic into `PROCNET_PANIC`.

#![deny(unsafe_op_in_unsafe_fn)]
#![allow(non_camel_case_types, reason = "the types have their names in C")]

pub mod address;
pub mod border;
pub mod counters;
pub mod coverage;
pub mod error;
pub mod lookup;
pub mod names;
pub mod owner;
pub mod process;
pub mod query;
pub mod result;
pub mod scanner;
pub mod snapshot;
pub mod socket;
