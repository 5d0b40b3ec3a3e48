//! In place of the programs, where the library is built without.

use std::{io, os::fd::BorrowedFd};

use super::{EventsReceived, Happened, Selection};
use crate::{bpf::SharedLoader, coverage::NoBpf};

#[derive(Debug)]
pub(super) enum Program {}

impl Program {
    pub(super) fn load(_loader: &SharedLoader, _selection: &Selection) -> Result<Program, NoBpf> {
        Err(NoBpf::NotBuilt)
    }

    pub(super) fn read(&mut self, _each: impl FnMut(Happened)) -> io::Result<EventsReceived> {
        match *self {}
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        match *self {}
    }
}
