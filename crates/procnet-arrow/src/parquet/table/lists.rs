//! Which rows have how many values.

use arrow_array::{Array as _, ListArray};

use super::hybrid::Runs;

/// Rows with a value each, or with a list each.
pub(super) struct Rows {
    /// Whether these have values, and how many they are: values, or lists without any.
    parts: Vec<(bool, usize)>,
    repetition: Runs,
    level: u32,
    rows: usize,
}

impl Rows {
    /// Rows with a value each.
    pub(super) fn single(rows: usize) -> Rows {
        Rows { parts: vec![(true, rows)], repetition: Runs::default(), level: 0, rows }
    }

    /// Rows with these lists, of which none is null.
    pub(super) fn lists(lists: &ListArray) -> Rows {
        let mut repetition = Runs::default();
        let mut parts: Vec<(bool, usize)> = Vec::new();
        for ends in lists.value_offsets().windows(2) {
            let len = (ends[1] - ends[0]) as usize;
            repetition.push(0, 1);
            repetition.push(1, len.saturating_sub(1));
            match parts.last_mut() {
                Some((has_values, count)) if *has_values == (len > 0) => *count += len.max(1),
                _ => parts.push((len > 0, len.max(1))),
            }
        }
        Rows { parts, repetition, level: 1, rows: lists.len() }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = (bool, usize)> {
        self.parts.iter().copied()
    }

    pub(super) fn repetition(&self) -> &Runs {
        &self.repetition
    }

    /// The definition level of what is not empty.
    pub(super) fn level(&self) -> u32 {
        self.level
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }
}
