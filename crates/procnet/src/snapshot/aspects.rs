//! In what a socket may change.

use std::{
    fmt,
    ops::{BitOr, Sub},
};

/// In what a socket may change: a set.
///
/// ```
/// use procnet::Aspects;
///
/// let what = Aspects::STATE | Aspects::OWNERS;
/// assert!(what.contains(Aspects::STATE) && !what.contains(Aspects::QUEUES));
/// assert_eq!(what.to_string(), "state, owners");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Aspects(u8);

impl Aspects {
    /// In nothing.
    pub const NONE: Aspects = Aspects(0);
    /// Its state.
    pub const STATE: Aspects = Aspects(1 << 0);
    /// Which descriptors of which processes hold it, and the names of these processes.
    pub const OWNERS: Aspects = Aspects(1 << 1);
    /// The addresses of its two ends, which `bind` and `connect` change.
    pub const ADDRESSES: Aspects = Aspects(1 << 2);
    /// The name of a unix socket.
    pub const NAME: Aspects = Aspects(1 << 3);
    /// The user that it belongs to.
    pub const USER: Aspects = Aspects(1 << 4);
    /// What waits in it to be read or sent, and a listener's backlog.
    pub const QUEUES: Aspects = Aspects(1 << 5);
    /// In anything.
    pub const ALL: Aspects = Aspects((1 << 6) - 1);

    /// Each of them, and its name.
    pub const NAMED: [(&'static str, Aspects); 6] = [
        ("state", Aspects::STATE),
        ("owners", Aspects::OWNERS),
        ("addresses", Aspects::ADDRESSES),
        ("name", Aspects::NAME),
        ("user", Aspects::USER),
        ("queues", Aspects::QUEUES),
    ];

    /// Whether all of `others` are in this set.
    #[must_use]
    pub fn contains(self, others: Aspects) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of those in this set.
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

/// Those of the left set that are not in the right one.
impl Sub for Aspects {
    type Output = Aspects;

    fn sub(self, other: Aspects) -> Aspects {
        Aspects(self.0 & !other.0)
    }
}

/// The names, with commas between them.
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
