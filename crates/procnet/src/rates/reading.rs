//! Readings of counters, as rates are computed from them: groups of named columns.

use std::fmt;

use procnet_core::counter::meaning::Meaning;

/// The groups of a reading.
pub(crate) trait Reading: fmt::Debug + Send + Sync {
    fn groups(&self) -> usize;

    fn group(&self, at: usize) -> Option<&dyn Group>;
}

/// A group of counters: named columns, and one row, or a row for each CPU.
pub(crate) trait Group: fmt::Debug + Send + Sync {
    /// Its name; empty if it is the only group.
    fn name(&self) -> &[u8];

    /// An identifier that changes if the group is recreated under its name, if the file has one.
    fn index(&self) -> Option<u32> {
        None
    }

    fn columns(&self) -> usize;

    fn column(&self, at: usize) -> Option<Column<'_>>;

    fn rows(&self) -> usize {
        1
    }

    /// The CPU of a row, if the file has it.
    fn cpu(&self, _row: usize) -> Option<u32> {
        None
    }

    fn value(&self, row: usize, column: usize) -> Option<i128>;

    /// The position of a column, which is probably the `expected` one: that in the other reading.
    fn find(&self, name: &str, expected: usize) -> Option<usize> {
        let matches = |at: &usize| self.column(*at).is_some_and(|column| column.name == name);
        Some(expected).filter(matches).or_else(|| (0..self.columns()).find(matches))
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column<'a> {
    pub(crate) name: &'a str,
    pub(crate) meaning: Meaning,
    /// Whether a driver with 32-bit counters may have set it.
    pub(crate) may_be_narrow: bool,
    /// Whether the kernel omits it while it is 0.
    pub(crate) is_sparse: bool,
}

impl Column<'_> {
    /// The widths at which it may wrap, in bits.
    pub(super) fn widths(&self, word: u32) -> [u32; 2] {
        let bits = self.meaning.width.bits(word);
        [bits, if self.may_be_narrow { 32 } else { bits }]
    }
}
