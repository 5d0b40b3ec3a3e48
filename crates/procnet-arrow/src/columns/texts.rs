//! Texts that are repeated, and their keys.

use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int32Array, StringArray, types::Int32Type};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::decode::escape::Escaped;

/// Different texts, each with a key: the values of a dictionary.
#[derive(Default)]
pub(crate) struct Texts {
    /// Escaped.
    texts: Vec<String>,
    /// The key of each, by its bytes before they are escaped.
    known: HashMap<Vec<u8>, i32, RandomState>,
    /// The values of the last column, as long as there are no others.
    values: Option<ArrayRef>,
}

impl Texts {
    /// The key of a text of any bytes.
    pub(crate) fn key(&mut self, bytes: &[u8]) -> i32 {
        if let Some(key) = self.known.get(bytes) {
            return *key;
        }
        let key = i32::try_from(self.texts.len()).unwrap_or(i32::MAX);
        self.texts.push(Escaped(bytes).to_string());
        self.values = None;
        self.known.insert(bytes.to_vec(), key);
        key
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.known.clear();
        self.values = None;
    }

    /// A column of these keys, of which negative ones are null.
    pub(crate) fn column(&mut self, keys: Vec<i32>) -> ArrayRef {
        let texts = &self.texts;
        let values =
            self.values.get_or_insert_with(|| Arc::new(StringArray::from_iter_values(texts)));
        let nulls = keys.iter().any(|key| *key < 0).then(|| {
            NullBuffer::new(BooleanBuffer::collect_bool(keys.len(), |row| keys[row] >= 0))
        });
        let keys = match nulls {
            Some(nulls) if nulls.null_count() == nulls.len() => Int32Array::new_null(nulls.len()),
            nulls => Int32Array::new(keys.into(), nulls),
        };
        Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::clone(values)))
    }
}
