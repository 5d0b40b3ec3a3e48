//! A map of limited size, by cookie: the oldest entries are forgotten first.

use std::collections::{HashMap, VecDeque};

pub(super) struct Bounded<V> {
    by_cookie: HashMap<u64, V>,
    /// In the order of insertion; some may have been taken.
    order: VecDeque<u64>,
    most: usize,
}

impl<V> Bounded<V> {
    pub(super) fn new(most: usize) -> Bounded<V> {
        Bounded { by_cookie: HashMap::new(), order: VecDeque::new(), most }
    }

    pub(super) fn insert(&mut self, cookie: u64, value: V) {
        if self.by_cookie.insert(cookie, value).is_none() {
            self.order.push_back(cookie);
        }
        if self.order.len() > self.most {
            self.order.pop_front().map(|oldest| self.by_cookie.remove(&oldest));
        }
    }

    pub(super) fn contains(&self, cookie: u64) -> bool {
        self.by_cookie.contains_key(&cookie)
    }

    pub(super) fn take(&mut self, cookie: u64) -> Option<V> {
        self.by_cookie.remove(&cookie)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut bounded = Bounded::new(2);
        (1..=3).for_each(|cookie| bounded.insert(cookie, cookie * 10));
        assert!(!bounded.contains(1));
        assert!(bounded.contains(2));
        assert_eq!((bounded.take(3), bounded.take(3)), (Some(30), None));
    }
}
