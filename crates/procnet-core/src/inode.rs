//! Socket inodes.

use core::{fmt, num::NonZeroU64};

/// The inode number of a socket in sockfs: socket tables print it, and so does the link of a
/// file descriptor, `socket:[N]`.
///
/// Never 0: the tables print 0 for a socket without a file (`TIME_WAIT`, request socks, sockets
/// not accepted yet, orphans), which is `None` here. The kernel allocates inode numbers from a
/// 32-bit counter (fs/inode.c `get_next_ino`), so they are reused after a wrap. Unique only
/// within one network namespace at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inode(NonZeroU64);

impl Inode {
    /// The inode, or `None` for 0.
    #[inline]
    #[must_use]
    pub fn new(number: u64) -> Option<Inode> {
        NonZeroU64::new(number).map(Inode)
    }

    /// The inode number.
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
