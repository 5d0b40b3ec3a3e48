//! Short lists, which mostly need no allocation.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use smallvec::SmallVec;

/// A list that keeps its first `N` items inline: it derefs to a slice.
///
/// ```
/// let mut list: procnet::list::List<u32, 2> = [1, 2, 3].into_iter().collect();
/// list.push(4);
/// assert_eq!(list[..], [1, 2, 3, 4]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct List<T, const N: usize>(SmallVec<[T; N]>);

impl<T, const N: usize> List<T, N> {
    /// Appends an item.
    pub fn push(&mut self, item: T) {
        self.0.push(item);
    }

    /// Removes all items.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        List(SmallVec::new())
    }
}

impl<T, const N: usize> Deref for List<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for List<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T, const N: usize> FromIterator<T> for List<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        List(items.into_iter().collect())
    }
}

impl<T, const N: usize> Extend<T> for List<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.0.extend(items);
    }
}

impl<T, const N: usize> IntoIterator for List<T, N> {
    type Item = T;
    type IntoIter = ListIter<T, N>;

    fn into_iter(self) -> ListIter<T, N> {
        ListIter(self.0.into_iter())
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a List<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: fmt::Debug, const N: usize> fmt::Debug for List<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(feature = "serde")]
impl<T: serde::Serialize, const N: usize> serde::Serialize for List<T, N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>, const N: usize> serde::Deserialize<'de> for List<T, N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SmallVec::deserialize(deserializer).map(List)
    }
}

/// Iterates a [`List`] by value.
pub struct ListIter<T, const N: usize>(smallvec::IntoIter<[T; N]>);

impl<T, const N: usize> Iterator for ListIter<T, N> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T, const N: usize> ExactSizeIterator for ListIter<T, N> {}
