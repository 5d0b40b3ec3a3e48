//! The aspects of a socket that may change.

use std::{
    fmt,
    ops::{BitOr, Sub},
};

/// A set of aspects in which a socket may change.
///
/// ```
/// use procnet::snapshot::Aspects;
///
/// let what = Aspects::STATE | Aspects::OWNERS;
/// assert!(what.contains(Aspects::STATE) && !what.contains(Aspects::QUEUES));
/// assert_eq!(what.to_string(), "state, owners");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Aspects(u8);

impl Aspects {
    /// No aspect.
    pub const NONE: Aspects = Aspects(0);
    /// The state.
    pub const STATE: Aspects = Aspects(1 << 0);
    /// The descriptors and processes that hold the socket, and the names of these processes.
    pub const OWNERS: Aspects = Aspects(1 << 1);
    /// The local and remote addresses, which `bind` and `connect` change.
    pub const ADDRESSES: Aspects = Aspects(1 << 2);
    /// The name of a unix socket.
    pub const NAME: Aspects = Aspects(1 << 3);
    /// The user it belongs to.
    pub const USER: Aspects = Aspects(1 << 4);
    /// The lengths of its queues, and the backlog of a listener.
    pub const QUEUES: Aspects = Aspects(1 << 5);
    /// Every aspect.
    pub const ALL: Aspects = Aspects((1 << 6) - 1);

    /// Each aspect and its name.
    pub const NAMED: [(&'static str, Aspects); 6] = [
        ("state", Aspects::STATE),
        ("owners", Aspects::OWNERS),
        ("addresses", Aspects::ADDRESSES),
        ("name", Aspects::NAME),
        ("user", Aspects::USER),
        ("queues", Aspects::QUEUES),
    ];

    /// Whether this set contains all of `others`.
    #[must_use]
    pub fn contains(self, others: Aspects) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of the aspects in this set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let named = Aspects::NAMED.into_iter();
        named.filter(move |(_, aspect)| self.contains(*aspect)).map(|(name, _)| name)
    }
}

impl BitOr for Aspects {
    type Output = Aspects;

    fn bitor(self, other: Aspects) -> Aspects {
        Aspects(self.0 | other.0)
    }
}

/// The aspects of the left set that are not in the right one.
impl Sub for Aspects {
    type Output = Aspects;

    fn sub(self, other: Aspects) -> Aspects {
        Aspects(self.0 & !other.0)
    }
}

/// The names, separated by commas.
impl fmt::Display for Aspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.names().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Aspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
