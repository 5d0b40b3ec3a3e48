//! Network namespaces: which ones to visit, and what is known about each.

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

/// The network namespaces to visit: see [`Query::netns`](crate::Query::netns).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Netns {
    /// That of the root: the calling thread's if the root is this process's own /proc, else that of
    /// process 1.
    Own,
    /// That of a process. If the thread group leader has exited, that of a remaining thread.
    Pid(u32),
    /// The one with this file: `/run/netns/NAME`, where `ip netns` mounts it, or
    /// `/proc/PID/ns/net`.
    Path(PathBuf),
    /// Every namespace that can be found: those of all processes of this pid namespace, and those
    /// that are only mounted or held by a descriptor; with [`Source::Bpf`](crate::Source::Bpf) also those
    /// that only a socket shows. In a container, those of processes outside
    /// cannot be found: [`Namespaces::contained`](crate::coverage::Namespaces::contained).
    All,
}

/// A network namespace, as far as it is known.
///
/// Within one answer, two values refer to the same namespace only if they are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Namespace {
    /// The inode of its file in `nsfs`: the number that `lsns` and the link `/proc/PID/ns/net`
    /// show. `None` if the file may not be accessed; then [`pid`](Namespace::pid) distinguishes it
    /// from other namespaces.
    pub inode: Option<u64>,
    /// The first process found in it, if it was found through its processes.
    pub pid: Option<u32>,
    /// Its mount point, if it is mounted: `/run/netns/NAME`.
    pub path: Option<Arc<Path>>,
}

impl Namespace {
    /// Its name in `ip netns`: the last component of its mount point.
    #[must_use]
    pub fn name(&self) -> Option<&std::ffi::OsStr> {
        self.path.as_deref().and_then(Path::file_name)
    }
}

/// Its inode and its name, escaped, or the process through which it was found.
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
