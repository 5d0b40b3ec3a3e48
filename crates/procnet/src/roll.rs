//! A map from inodes that expects them in the order in which they came the last time.
//!
//! The kernel lists the sockets that stay in the same order again and again. So each card
//! knows which one followed it the last time, and mostly the next inode is found there: near
//! the last one in memory, and without a hash. What is expected is verified, and an inode that
//! comes out of order is looked up; so the order only matters for the time.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procnet_core::Inode;

/// The place of a card in a roll: it stays the same until the card is taken out.
pub(crate) type Place = u32;

/// No place.
const NOWHERE: Place = Place::MAX;

/// How many cards that did not come are passed over before an inode is looked up.
const PATIENCE: usize = 3;

/// A map from inodes. Cards that are taken out leave room for others.
#[derive(Debug)]
pub(crate) struct Roll<T> {
    cards: Vec<Card<T>>,
    index: HashTable<Place>,
    free: Vec<Place>,
    /// The card that was called first the last time.
    first: Place,
    /// The card that was called last.
    last: Place,
    hasher: RandomState,
}

#[derive(Debug)]
struct Card<T> {
    /// None if the card was taken out.
    inode: Option<Inode>,
    /// Which card followed this one.
    next: Place,
    value: T,
}

impl<T> Default for Roll<T> {
    fn default() -> Self {
        Roll {
            cards: Vec::new(),
            index: HashTable::new(),
            free: Vec::new(),
            first: NOWHERE,
            last: NOWHERE,
            hasher: RandomState::default(),
        }
    }
}

impl<T: Default> Roll<T> {
    /// Expects the first inode again.
    pub(crate) fn rewind(&mut self) {
        self.last = NOWHERE;
    }

    /// The card of the next inode in order, if there is one.
    #[inline]
    pub(crate) fn expect(&mut self, inode: Inode) -> Option<Place> {
        if self.inode(self.last) == Some(inode) {
            return Some(self.last);
        }
        let mut expected = self.following();
        for passed_over in 0..PATIENCE {
            let Some(card) = self.cards.get(expected as usize) else { break };
            if card.inode == Some(inode) {
                if passed_over > 0 {
                    self.follow(expected);
                }
                self.last = expected;
                return Some(expected);
            }
            expected = card.next;
        }
        self.look_up(inode)
    }

    /// As [`expect`](Roll::expect), for one that comes out of order.
    #[cold]
    #[inline(never)]
    fn look_up(&mut self, inode: Inode) -> Option<Place> {
        let place = self.find(inode)?;
        self.follow(place);
        self.last = place;
        Some(place)
    }

    /// The card of the next inode in order, made if there is none.
    #[inline]
    pub(crate) fn call(&mut self, inode: Inode) -> Place {
        match self.expect(inode) {
            Some(place) => place,
            None => {
                let place = self.insert(inode);
                // It stands between the last one and the one that was expected.
                self.cards[place as usize].next = self.following();
                self.follow(place);
                self.last = place;
                place
            }
        }
    }

    /// Notes which card follows the last one.
    fn follow(&mut self, place: Place) {
        match self.cards.get_mut(self.last as usize) {
            Some(last) => last.next = place,
            None => self.first = place,
        }
    }

    fn following(&self) -> Place {
        self.cards.get(self.last as usize).map_or(self.first, |card| card.next)
    }

    /// The card of an inode, whatever the order.
    pub(crate) fn find(&self, inode: Inode) -> Option<Place> {
        let is_it = |place: &Place| self.inode(*place) == Some(inode);
        self.index.find(self.hasher.hash_one(inode), is_it).copied()
    }

    /// The card of an inode, whatever the order, made if there is none.
    pub(crate) fn find_or_insert(&mut self, inode: Inode) -> Place {
        self.find(inode).unwrap_or_else(|| self.insert(inode))
    }

    /// Adds the card of an inode that has none.
    fn insert(&mut self, inode: Inode) -> Place {
        let card = Card { inode: Some(inode), next: NOWHERE, value: T::default() };
        let place = match self.free.pop() {
            Some(place) => {
                self.cards[place as usize] = card;
                place
            }
            None => {
                self.cards.push(card);
                u32::try_from(self.cards.len() - 1).unwrap_or(NOWHERE)
            }
        };
        let Roll { cards, index, hasher, .. } = self;
        let hash = |place: &Place| hasher.hash_one(cards[*place as usize].inode.unwrap_or(inode));
        index.insert_unique(hasher.hash_one(inode), place, hash);
        place
    }

    /// Takes a card out. Its memory of what followed stays, for the one before it.
    pub(crate) fn remove(&mut self, place: Place) {
        let Some(inode) = self.cards[place as usize].inode.take() else { return };
        if let Ok(entry) = self.index.find_entry(self.hasher.hash_one(inode), |at| *at == place) {
            entry.remove();
        }
        self.cards[place as usize].value = T::default();
        self.free.push(place);
    }

    /// The inode of a card that was not taken out.
    pub(crate) fn inode(&self, place: Place) -> Option<Inode> {
        self.cards.get(place as usize)?.inode
    }

    /// Every place, also of cards that were taken out.
    pub(crate) fn places(&self) -> std::ops::Range<Place> {
        0..self.cards.len() as Place
    }
}

impl<T> std::ops::Index<Place> for Roll<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: Place) -> &T {
        &self.cards[place as usize].value
    }
}

impl<T> std::ops::IndexMut<Place> for Roll<T> {
    #[inline]
    fn index_mut(&mut self, place: Place) -> &mut T {
        &mut self.cards[place as usize].value
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever comes and goes in whatever order, a card stays that of its inode.
        #[test]
        fn is_a_map(rounds in prop::collection::vec(
            (prop::collection::vec(1..40_u64, 0..60), prop::collection::hash_set(1..40_u64, 0..20)),
            1..12,
        )) {
            let mut roll = Roll::<u64>::default();
            let mut map = HashMap::new();
            for (called, removed) in rounds {
                roll.rewind();
                for number in called {
                    let place = roll.call(Inode::new(number).unwrap());
                    prop_assert_eq!(roll.inode(place), Inode::new(number));
                    roll[place] += number;
                    *map.entry(number).or_insert(0) += number;
                }
                for number in removed {
                    if let Some(place) = roll.find(Inode::new(number).unwrap()) {
                        roll.remove(place);
                    }
                    map.remove(&number);
                }
                let cards = roll.places().filter_map(|place| Some((roll.inode(place)?.get(), roll[place])));
                prop_assert_eq!(cards.collect::<HashMap<_, _>>(), map.clone());
            }
        }
    }

    #[test]
    fn expects_the_order_of_the_last_time() {
        let inode = |number| Inode::new(number).unwrap();
        let mut roll = Roll::<()>::default();
        let mut surprises = Vec::new();
        // Some leave, and others come between them.
        let orders: [&[u64]; 4] =
            [&[9, 4, 7, 5, 6], &[9, 4, 7, 5, 6], &[9, 3, 7, 6], &[9, 3, 7, 6]];
        for (round, order) in orders.into_iter().enumerate() {
            roll.rewind();
            for number in order {
                if roll.inode(roll.following()) != Some(inode(*number)) {
                    surprises.push((round, *number));
                }
                roll.call(inode(*number));
            }
        }
        let all = orders[0].iter().map(|number| (0, *number));
        // One is new, two come after one that left.
        assert_eq!(surprises, all.chain([(2, 3), (2, 7), (2, 6)]).collect::<Vec<_>>());
    }
}
