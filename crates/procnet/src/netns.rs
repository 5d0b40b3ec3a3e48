//! Network namespaces: which ones are asked for, and what is known of one.

mod find;
mod handle;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) use self::{
    find::Finder,
    handle::{NetnsHandle, NetnsId, in_helper_thread, move_to},
};

/// Which network namespaces sockets are asked for in: see [`Query::netns`](crate::Query::netns).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Netns {
    /// That of the root: the calling thread's for this process's own /proc, that of the first
    /// process for another one.
    Own,
    /// That of a process. Of a process whose leader has ended, that of a thread that lives on.
    Pid(u32),
    /// The one whose file this is: `/run/netns/NAME`, where `ip netns` mounts it, or
    /// `/proc/PID/ns/net`.
    Path(PathBuf),
    /// Every one that can be found: those of all processes, and those that are only mounted or
    /// held by a descriptor.
    All,
}

/// A network namespace, as far as it is known.
///
/// Two of one answer are the same namespace only if they are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Namespace {
    /// Its number, by which `lsns` and the link `/proc/PID/ns/net` name it: an inode of
    /// `nsfs`. `None` if it may not be accessed; then [`pid`](Namespace::pid) distinguishes it
    /// from others.
    pub inode: Option<u64>,
    /// The first process that was found in it, if it was found by its processes.
    pub pid: Option<u32>,
    /// Where it is mounted, if it is: `/run/netns/NAME`.
    pub path: Option<Arc<Path>>,
}

impl Namespace {
    /// The name under which `ip netns` knows it: the last part of its mount point.
    #[must_use]
    pub fn name(&self) -> Option<&std::ffi::OsStr> {
        self.path.as_deref().and_then(Path::file_name)
    }
}

/// Its number and its name, escaped, or the process that it was found by.
impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use std::os::unix::ffi::OsStrExt as _;
        let name = self.name().map(|name| procnet_core::escape::Escaped(name.as_bytes()));
        match (self.inode, self.pid, name) {
            (Some(inode), _, None) => inode.fmt(f),
            (Some(inode), _, Some(name)) => write!(f, "{inode} ({name})"),
            (None, _, Some(name)) => name.fmt(f),
            (None, Some(pid), None) => write!(f, "that of process {pid}"),
            (None, None, None) => f.write_str("unknown"),
        }
    }
}
