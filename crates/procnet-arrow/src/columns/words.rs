//! A column of few different words, by the numbers that stand for them.

use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int8Array, StringArray};
use arrow_buffer::NullBuffer;

use super::nulls;

/// Words that have numbers below 256, mostly few of them.
pub(crate) struct Words {
    words: Vec<String>,
    /// The key of each number, -1 if there is none yet.
    key_of: [i8; 256],
    /// The values of the last column, as long as there are no others.
    values: Option<ArrayRef>,
}

impl Default for Words {
    fn default() -> Words {
        Words { words: Vec::new(), key_of: [-1; 256], values: None }
    }
}

impl Words {
    /// The key of a word.
    #[inline]
    pub(crate) fn key(&mut self, number: u8, word: impl FnOnce() -> String) -> i8 {
        match self.key_of[usize::from(number)] {
            ..0 => self.add(number, word()),
            key => key,
        }
    }

    /// The kernel has 14 states and 6 types; should it ever have more than 127, the last word stands
    /// for all that follow.
    #[cold]
    fn add(&mut self, number: u8, word: String) -> i8 {
        let key = i8::try_from(self.words.len()).unwrap_or(i8::MAX);
        if key < i8::MAX {
            self.words.push(word);
        } else if self.words.len() == usize::from(i8::MAX.unsigned_abs()) {
            self.words.push("other".to_owned());
        }
        self.values = None;
        self.key_of[usize::from(number)] = key;
        key
    }

    /// A column of these keys.
    pub(crate) fn column(&mut self, keys: Vec<i8>, nulls: Option<NullBuffer>) -> ArrayRef {
        let words = &self.words;
        let values =
            self.values.get_or_insert_with(|| Arc::new(StringArray::from_iter_values(words)));
        let keys = Int8Array::new(keys.into(), nulls);
        Arc::new(DictionaryArray::new(keys, Arc::clone(values)))
    }
}

/// Words in the order of rows.
#[derive(Default)]
pub(crate) struct WordColumn {
    /// -1 for null.
    keys: Vec<i8>,
    words: Words,
}

impl WordColumn {
    #[inline]
    pub(crate) fn push(&mut self, number: u8, word: impl FnOnce() -> String) {
        self.keys.push(self.words.key(number, word));
    }

    pub(crate) fn push_null(&mut self) {
        self.keys.push(-1);
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let keys = std::mem::take(&mut self.keys);
        let nulls = nulls(&keys, |key| *key >= 0);
        self.words.column(keys, nulls)
    }
}
