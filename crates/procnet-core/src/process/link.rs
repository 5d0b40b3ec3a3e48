//! Targets of the links in `/proc/PID/fd`, and of those in `/proc/PID/ns`.

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

/// The inode in the target of a link to a network namespace, `net:[N]`: of `/proc/PID/ns/net`,
/// and of a descriptor that holds a namespace; `None` for every other target.
///
/// The kernel makes these targets, too (fs/nsfs.c `ns_dname`).
///
/// ```
/// use procnet_core::process::link;
///
/// assert_eq!(link::network_namespace(b"net:[4026531840]"), Some(4_026_531_840));
/// assert_eq!(link::network_namespace(b"mnt:[4026531841]"), None);
/// ```
#[inline]
#[must_use]
pub fn network_namespace(target: &[u8]) -> Option<u64> {
    let digits = target.strip_prefix(b"net:[")?.strip_suffix(b"]")?;
    number::decimal(digits).ok()
}
