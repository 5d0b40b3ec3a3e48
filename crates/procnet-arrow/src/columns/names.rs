//! A column of names, in the order of rows.

use std::{fmt::Write as _, sync::Arc};

use arrow_array::{ArrayRef, builder::StringBuilder};
use procnet::decode::escape::Escaped;

/// Names of any bytes, escaped. Many sockets have the name of the one before.
#[derive(Debug)]
pub(crate) struct Names {
    texts: StringBuilder,
    last: Vec<u8>,
    /// The last one, escaped.
    escaped: String,
}

impl Names {
    pub(crate) fn with_capacity(rows: usize) -> Names {
        let texts = StringBuilder::with_capacity(rows, 0);
        Names { texts, last: Vec::new(), escaped: String::new() }
    }

    pub(crate) fn push(&mut self, name: &[u8]) {
        if self.last != name {
            name.clone_into(&mut self.last);
            self.escaped.clear();
            // Strings take all that is written.
            let _ = write!(self.escaped, "{}", Escaped(name));
        }
        self.texts.append_value(&self.escaped);
    }

    pub(crate) fn push_null(&mut self) {
        self.texts.append_null();
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        Arc::new(self.texts.finish())
    }
}
