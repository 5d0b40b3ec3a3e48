//! A column of few different words, by the numbers that stand for them.

use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, StringArray, builder::Int8Builder};

/// Words that have numbers below 256, mostly few of them.
pub(crate) struct Words {
    keys: Int8Builder,
    words: Vec<String>,
    /// The key of each number, -1 if there is none yet.
    key_of: [i8; 256],
}

impl Words {
    pub(crate) fn with_capacity(rows: usize) -> Words {
        Words { keys: Int8Builder::with_capacity(rows), words: Vec::new(), key_of: [-1; 256] }
    }

    #[inline]
    pub(crate) fn push(&mut self, number: u8, word: impl FnOnce() -> String) {
        let mut key = self.key_of[usize::from(number)];
        if key < 0 {
            key = self.add(number, word());
        }
        self.keys.append_value(key);
    }

    pub(crate) fn push_null(&mut self) {
        self.keys.append_null();
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
        self.key_of[usize::from(number)] = key;
        key
    }

    pub(crate) fn take(&mut self) -> ArrayRef {
        let words = Arc::new(StringArray::from_iter_values(&self.words));
        Arc::new(DictionaryArray::new(self.keys.finish(), words))
    }
}
