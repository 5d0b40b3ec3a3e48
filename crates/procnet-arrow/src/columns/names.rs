//! A column of names.

use std::{fmt::Write as _, sync::Arc};

use arrow_array::{ArrayRef, StringArray, builder::StringBuilder};
use procnet::decode::escape::Escaped;

/// Names of any bytes, escaped, each with a number from 1 on. Many sockets have the name of the one before.
#[derive(Default)]
pub(crate) struct Names {
    /// Escaped, one behind the other.
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
    last: Vec<u8>,
}

impl Names {
    /// The number of a name; 0 of none.
    pub(crate) fn number(&mut self, name: Option<&[u8]>) -> u32 {
        let Some(name) = name else { return 0 };
        if self.ends.is_empty() || self.last != name {
            name.clone_into(&mut self.last);
            // Strings take all that is written.
            let _ = write!(self.texts, "{}", Escaped(name));
            self.ends.push(self.texts.len());
        }
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// The column of rows with these numbers. Then all names are forgotten.
    pub(crate) fn take(&mut self, numbers: &[u32]) -> ArrayRef {
        if self.ends.is_empty() {
            return Arc::new(StringArray::new_null(numbers.len()));
        }
        let text = |number: u32| {
            let place = number.checked_sub(1)? as usize;
            let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
            Some(&self.texts[begin..self.ends[place]])
        };
        let mut column = StringBuilder::with_capacity(numbers.len(), self.texts.len());
        for number in numbers {
            column.append_option(text(*number));
        }
        self.texts.clear();
        self.ends.clear();
        Arc::new(column.finish())
    }
}
