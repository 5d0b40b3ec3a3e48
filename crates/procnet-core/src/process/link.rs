//! Targets of the symbolic links in `/proc/PID/fd` and `/proc/PID/ns`.

use crate::{Inode, number};

/// The inode in the link target of a socket, `socket:[N]`; `None` for any other target.
///
/// The kernel generates these targets (net/socket.c `sockfs_dname`). They cannot be forged, as
/// the target of a regular file starts with `/`.
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

/// The inode in the link target of a network namespace, `net:[N]`: that of `/proc/PID/ns/net`,
/// or of a descriptor that refers to a namespace; `None` for any other target.
///
/// The kernel generates these targets (fs/nsfs.c `ns_dname`).
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
