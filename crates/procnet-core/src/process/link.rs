//! Targets of the links in `/proc/PID/fd`.

use crate::{Inode, number};

/// The inode in the target of a socket's link, `socket:[N]`; `None` for every other target.
///
/// The kernel makes these targets (net/socket.c `sockfs_dname`), and that of a regular file
/// begins with `/`, so none can imitate them.
///
/// ```
/// use procnet_core::process::link;
///
/// assert_eq!(link::socket_inode(b"socket:[811]").unwrap().get(), 811);
/// assert_eq!(link::socket_inode(b"pipe:[811]"), None);
/// ```
#[inline]
#[must_use]
pub fn socket_inode(target: &[u8]) -> Option<Inode> {
    let digits = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    number::decimal(digits).ok().and_then(Inode::new)
}
