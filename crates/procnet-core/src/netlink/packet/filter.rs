//! The attached filter (include/uapi/linux/filter.h `struct sock_filter`, net/core/sock_diag.c
//! `sock_diag_put_filterinfo`).

use core::iter::FusedIterator;

use crate::{Column, Error, ErrorKind, netlink::Payload};

const COLUMN: Column = Column::new(&"packet_filter");

/// `struct sock_filter`.
const LENGTH: usize = 8;

/// A filter of classic BPF, as it was attached: an iterator over [`Instruction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter<'a>(Payload<'a>);

/// An instruction of classic BPF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// What it does.
    pub code: u16,
    /// How many instructions it skips if its condition is true.
    pub jt: u8,
    /// How many instructions it skips if its condition is false.
    pub jf: u8,
    /// Its operand.
    pub k: u32,
}

impl<'a> Filter<'a> {
    /// No instructions, which no filter has.
    pub const EMPTY: Filter<'static> = Filter(Payload::EMPTY);

    /// Checks the length, so that iterating cannot fail.
    pub(super) fn decode(value: Payload<'a>) -> Result<Filter<'a>, Error> {
        if value.as_bytes().len() % LENGTH != 0 {
            return Err(value.error(ErrorKind::Short, COLUMN, usize::MAX));
        }
        Ok(Filter(value))
    }

    /// The bytes of the instructions that are left.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

impl Iterator for Filter<'_> {
    type Item = Instruction;

    fn next(&mut self) -> Option<Instruction> {
        let value = self.0;
        let instruction = Instruction {
            code: value.u16(0, COLUMN).ok()?,
            jt: value.u8(2, COLUMN).ok()?,
            jf: value.u8(3, COLUMN).ok()?,
            k: value.u32(4, COLUMN).ok()?,
        };
        self.0 = value.after(LENGTH);
        Some(instruction)
    }
}

impl FusedIterator for Filter<'_> {}
