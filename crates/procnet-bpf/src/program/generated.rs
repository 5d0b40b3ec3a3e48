//! Written by scripts/build.py, a file for each in bpf/.

mod owners;
mod rows;

pub(crate) use owners::{LEVEL, OWNERS};
pub(crate) use rows::ROWS;
