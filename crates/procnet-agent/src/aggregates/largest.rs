//! Which of many have series of their own.

use std::cmp::Reverse;

/// Leaves those that count the most, in the order of their keys.
pub(super) fn keep_largest<K: Copy + Ord>(counted: &mut Vec<(K, u64)>, most: usize) {
    if counted.len() > most {
        counted.select_nth_unstable_by_key(most, |(key, count)| (Reverse(*count), *key));
        counted.truncate(most);
    }
    counted.sort_unstable();
}
