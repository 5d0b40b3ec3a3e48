//! Socket inodes.

use core::{fmt, num::NonZeroU64};

/// The number by which a socket table and a descriptor's link name the same socket.
///
/// Never 0: the tables print 0 where no file belongs to the socket (`TIME_WAIT`, request
/// socks, sockets not accepted yet, orphans), which is `None` here. The kernel counts
/// them in 32 bits (fs/inode.c `get_next_ino`), so a number is used again after a wrap.
/// Unique only within one network namespace and one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inode(NonZeroU64);

impl Inode {
    /// The inode, or `None` for 0.
    #[inline]
    #[must_use]
    pub fn new(number: u64) -> Option<Inode> {
        NonZeroU64::new(number).map(Inode)
    }

    /// Its number.
    #[inline]
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl From<NonZeroU64> for Inode {
    fn from(number: NonZeroU64) -> Inode {
        Inode(number)
    }
}

impl From<Inode> for NonZeroU64 {
    fn from(inode: Inode) -> NonZeroU64 {
        inode.0
    }
}

impl From<Inode> for u64 {
    fn from(inode: Inode) -> u64 {
        inode.get()
    }
}

impl fmt::Display for Inode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
