//! Sets of states.

use procnet_core::State;

/// A set of states; any byte may be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct States([u64; 4]);

impl States {
    pub(crate) const ALL: States = States([u64::MAX; 4]);
    pub(crate) const NONE: States = States([0; 4]);

    /// The states in both sets.
    pub(crate) fn and(self, other: States) -> States {
        let (States([a, b, c, d]), States([w, x, y, z])) = (self, other);
        States([a & w, b & x, c & y, d & z])
    }

    /// The states in either set.
    pub(crate) fn or(self, other: States) -> States {
        let (States([a, b, c, d]), States([w, x, y, z])) = (self, other);
        States([a | w, b | x, c | y, d | z])
    }

    /// The states that are not in the set.
    pub(crate) fn complement(self) -> States {
        States(self.0.map(|word| !word))
    }

    pub(crate) fn is_empty(self) -> bool {
        self == States::NONE
    }

    /// The set without these states.
    pub(crate) fn without(self, states: impl IntoIterator<Item = State>) -> States {
        let States([a, b, c, d]) = states.into_iter().collect();
        let States([w, x, y, z]) = self;
        States([w & !a, x & !b, y & !c, z & !d])
    }

    /// The states, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = State> {
        (0..=u8::MAX).map(State).filter(|state| self.contains(*state))
    }

    pub(crate) fn contains(&self, state: State) -> bool {
        self.0[usize::from(state.0 >> 6)] & (1 << (state.0 & 63)) != 0
    }
}

impl FromIterator<State> for States {
    fn from_iter<I: IntoIterator<Item = State>>(states: I) -> States {
        let mut set = States::default();
        for state in states {
            set.0[usize::from(state.0 >> 6)] |= 1 << (state.0 & 63);
        }
        set
    }
}
