//! Paths of control groups by their IDs, as sock_diag reports those of sockets.

use std::{collections::HashMap, ffi::OsStr, os::unix::ffi::OsStrExt as _};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{CWD, Dir, FileType, Mode, OFlags, fstat, fstatfs, openat},
    io::Errno,
};

/// Finds the paths of version 2 control groups by their IDs:
/// [`SocketDetails::control_group`](crate::details::SocketDetails::control_group) is such an ID.
///
/// The ID of a control group is the inode of its directory (kernel/cgroup/cgroup.c `cgroup_id`,
/// fs/kernfs/dir.c `kernfs_ino`), on 64-bit hosts since Linux 5.5. No ID is used twice, so a path
/// that was found stays right. All directories are listed when an ID is unknown, which takes no
/// privilege and some 20 µs each; nothing is read before.
///
/// ```
/// use procnet::control_group::ControlGroups;
///
/// let mut groups = ControlGroups::new();
/// if let Some(path) = groups.path(1) {
///     assert_eq!(path, b"/", "the root of the hierarchy");
/// }
/// ```
#[derive(Debug, Default)]
pub struct ControlGroups {
    /// `None` for an ID that no directory had.
    paths: HashMap<u64, Option<Box<[u8]>>>,
    state: Seen,
}

/// How much of the hierarchy was seen when it was last listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Seen {
    #[default]
    Nothing,
    /// A part: what is mounted is not the root, or a directory could not be listed.
    Part,
    Everything,
}

/// Where the hierarchy is usually mounted; the first is that of hosts which use both versions.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

/// `CGROUP2_SUPER_MAGIC`, include/uapi/linux/magic.h.
pub(crate) const MAGIC: u64 = 0x6367_7270;

/// The ID of the root of the hierarchy (fs/kernfs/dir.c `kernfs_create_root`).
const ROOT: u64 = 1;

impl ControlGroups {
    /// Knows no path yet, and reads nothing.
    #[must_use]
    pub fn new() -> ControlGroups {
        ControlGroups::default()
    }

    /// The path of a control group below the mounted hierarchy, which begins with `/`. Whoever may
    /// create control groups chooses the names in it: escape them before showing them.
    ///
    /// `None` if none has this ID: it was removed while the socket lives on, or it is one that
    /// [could not be seen](ControlGroups::is_partial). It is looked for once.
    pub fn path(&mut self, id: u64) -> Option<&[u8]> {
        if !self.paths.contains_key(&id) {
            self.list();
            self.paths.entry(id).or_default();
        }
        self.paths.get(&id)?.as_deref()
    }

    /// Whether control groups exist that could not be seen when paths were last looked for: the
    /// hierarchy is not mounted, or the caller is in a cgroup namespace of its own, or a directory
    /// may not be read. If not, an ID without a path is that of a control group that was removed.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.state == Seen::Part
    }

    fn list(&mut self) {
        self.state = Seen::Part;
        let Some(mount) = MOUNTS.into_iter().find_map(mounted) else { return };
        let Ok(root) = fstat(&mount) else { return };
        let mut list = Listing { paths: &mut self.paths, is_whole: root.st_ino == ROOT };
        list.add(root.st_ino, b"/");
        let mut path = Vec::new();
        list.below(&mount, &mut path, 0);
        if list.is_whole {
            self.state = Seen::Everything;
        }
    }
}

/// The hierarchy that is mounted at a path.
fn mounted(path: &str) -> Option<OwnedFd> {
    let dir = open(CWD, path.as_bytes()).ok()?;
    let stat = fstatfs(&dir).ok()?;
    u64::try_from(stat.f_type).is_ok_and(|magic| magic == MAGIC).then_some(dir)
}

fn open(at: impl AsFd, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, OsStr::from_bytes(name), flags, Mode::empty())
}

struct Listing<'a> {
    paths: &'a mut HashMap<u64, Option<Box<[u8]>>>,
    is_whole: bool,
}

/// More levels than any host has; each keeps a descriptor open.
const MAX_DEPTH: usize = 200;

impl Listing<'_> {
    fn add(&mut self, id: u64, path: &[u8]) {
        self.paths.insert(id, Some(path.into()));
    }

    /// Lists the directories below one, whose path is `path`.
    fn below(&mut self, dir: &OwnedFd, path: &mut Vec<u8>, depth: usize) {
        let entries = match Dir::read_from(dir) {
            Ok(entries) if depth < MAX_DEPTH => entries,
            _ => return self.is_whole = false,
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                // It was removed.
                Err(Errno::NOENT) => return,
                Err(_) => return self.is_whole = false,
            };
            let name = entry.file_name().to_bytes();
            if entry.file_type() != FileType::Directory || matches!(name, b"." | b"..") {
                continue;
            }
            let length = path.len();
            path.push(b'/');
            path.extend_from_slice(name);
            self.add(entry.ino(), path);
            match open(dir, name) {
                Ok(child) => self.below(&child, path, depth + 1),
                Err(Errno::NOENT) => {}
                Err(_) => self.is_whole = false,
            }
            path.truncate(length);
        }
    }
}

/// A hierarchy that is mounted, as a path.
pub(crate) fn mount() -> Option<&'static str> {
    MOUNTS.into_iter().find(|path| mounted(path).is_some())
}
