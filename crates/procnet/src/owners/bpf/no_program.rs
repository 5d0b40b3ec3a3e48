//! In place of a program, where the library is built without.

use super::Held;
use crate::{
    bpf::SharedLoader,
    coverage::{Failure, NoBpf},
};

#[derive(Debug)]
pub(crate) enum Program {}

impl Program {
    pub(super) fn load(_loader: &SharedLoader) -> Result<Program, NoBpf> {
        Err(NoBpf::NotBuilt)
    }

    pub(super) fn pass(&mut self, _each: impl FnMut(u32, u32, Held)) -> Result<(), Failure> {
        match *self {}
    }
}
