//! Where the sockets of one network namespace are to be had.

use std::{
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::PathBuf,
    thread,
};

use rustix::{
    fs::{self, AtFlags, CWD},
    io::{Errno, Result as SystemResult},
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

use crate::{
    Error, Fallback, Kinds, Namespace, ProcRoot,
    coverage::Failure,
    file::{self, RelativePath},
};

/// What tells a network namespace from all others while it lives: the device and the inode of
/// its file in `nsfs` (fs/nsfs.c).
pub(crate) type Id = (u64, u64);

/// The link to the network namespace of whoever looks at it.
const CALLER: &str = "/proc/thread-self/ns/net";

/// Where the sockets of one network namespace are to be had.
#[derive(Debug, Default)]
pub(crate) struct Place {
    pub(crate) namespace: Namespace,
    /// `None` if it may not be looked at, and in a directory of captures.
    pub(crate) id: Option<Id>,
    /// The calling thread is in it.
    pub(crate) is_own: bool,
    /// The directory of its tables below the root; `None` if it has to be entered for them.
    pub(crate) net: Option<RelativePath>,
    /// Its file in `nsfs`: below the root, or anywhere if the path is absolute.
    pub(crate) door: Option<RelativePath>,
    /// Device and inode of `dev` in its directory of tables, which differ between namespaces:
    /// known where its file in `nsfs` may not be looked at.
    pub(crate) dev: Option<Id>,
    /// The directory of tables is that of a process found in passing: its number may become
    /// another's, who is elsewhere.
    pub(crate) in_passing: bool,
}

impl Place {
    /// The directory of tables below a root, and the namespace that it shows.
    pub(crate) fn of_tables(root: &ProcRoot, net: RelativePath) -> Place {
        let door = net.strip_suffix(b"net").filter(|_| root.is_live()).map(|holder| {
            let holder = String::from_utf8_lossy(holder);
            file::path(format_args!("{holder}ns/net"))
        });
        let id = door.as_ref().and_then(|door| identify(root, door).ok());
        let namespace = Namespace { inode: id.map(|(_, inode)| inode), ..Namespace::default() };
        Place { namespace, id, door, net: Some(net), ..Place::default() }
    }

    /// That of a root.
    pub(crate) fn of_host(root: &ProcRoot) -> Result<Place, Error> {
        let place = Place::of_tables(root, root.host_net()?);
        let is_own = root.is_own() || (place.id.is_some() && place.id == callers());
        Ok(Place { is_own, ..place })
    }

    /// That of a process.
    pub(crate) fn of_process(
        root: &ProcRoot,
        pid: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<Place, Error> {
        let mut place = Place::of_tables(root, root.process_net(pid, buffer)?);
        place.namespace.pid = Some(pid);
        place.is_own = place.id.is_some() && place.id == callers();
        Ok(place)
    }

    /// Whether its tables can be read, of which socket diagnostics tell `told`.
    pub(crate) fn prepare(&self, root: &ProcRoot, told: Kinds) -> Result<(), Fallback> {
        if self.net.is_some() || !told.is_empty() {
            return Ok(());
        }
        let entered = self.enter(root).and_then(|door| elsewhere(|| go_to(door.as_fd()))?);
        entered.map_err(|errno| Fallback::NotEntered(Failure::new(errno)))
    }

    /// Opens a file of its directory of tables.
    pub(crate) fn open(&self, root: &ProcRoot, name: &str) -> SystemResult<OwnedFd> {
        let Some(net) = &self.net else {
            let (door, path) = (self.enter(root)?, format!("/proc/thread-self/net/{name}"));
            return elsewhere(|| {
                go_to(door.as_fd())?;
                file::open(CWD, path.as_bytes())
            })?;
        };
        let net = String::from_utf8_lossy(net);
        let opened = file::open(root.dir(), &file::path(format_args!("{net}/{name}")))?;
        // Which namespace a file shows is settled when it is opened (fs/proc/proc_net.c
        // `seq_open_net`).
        if self.in_passing && self.has_moved(root) { Err(Errno::SRCH) } else { Ok(opened) }
    }

    /// Reads a small file of its directory of tables, into a buffer that is reused.
    pub(crate) fn read_small<'b>(
        &self,
        root: &ProcRoot,
        name: &str,
        buffer: &'b mut Vec<u8>,
    ) -> SystemResult<&'b [u8]> {
        file::read_whole(&self.open(root, name)?, buffer)
    }

    /// Opens the namespace's file, if it is still the same namespace's.
    pub(crate) fn enter(&self, root: &ProcRoot) -> SystemResult<OwnedFd> {
        // Its file is known unless it may not be looked at.
        let door = self.door.as_ref().ok_or(Errno::ACCESS)?;
        let door = file::open(root.dir(), door)?;
        let stat = fs::fstat(&door)?;
        if self.id == Some((stat.st_dev, stat.st_ino)) { Ok(door) } else { Err(Errno::SRCH) }
    }

    /// Whether the process by which it was found has ended, or has gone elsewhere.
    pub(crate) fn has_moved(&self, root: &ProcRoot) -> bool {
        match (&self.door, &self.net) {
            (Some(door), _) if self.id.is_some() => identify(root, door).ok() != self.id,
            (_, Some(net)) => {
                let dev = file::path(format_args!("{}/dev", String::from_utf8_lossy(net)));
                identify(root, &dev).ok() != self.dev
            }
            _ => false,
        }
    }

    /// The path of a file of its directory of tables, for messages.
    pub(crate) fn path_of(&self, root: &ProcRoot, name: &str) -> PathBuf {
        let directory = match (&self.net, &self.door) {
            (Some(net), _) => root.path_of(net),
            (None, Some(door)) => root.path_of(door),
            (None, None) => root.path().to_owned(),
        };
        if self.net.is_some() && !name.is_empty() { directory.join(name) } else { directory }
    }
}

/// The namespace whose file is at a path.
pub(crate) fn identify(root: &ProcRoot, door: &[u8]) -> SystemResult<Id> {
    let stat = fs::statat(root.dir(), door, AtFlags::empty())?;
    Ok((stat.st_dev, stat.st_ino))
}

/// The calling thread's namespace; `None` where this process's /proc is not mounted.
pub(crate) fn callers() -> Option<Id> {
    let stat = fs::stat(CALLER).ok()?;
    Some((stat.st_dev, stat.st_ino))
}

/// Moves the calling thread into a namespace, for as long as it lives.
pub(crate) fn go_to(namespace: BorrowedFd<'_>) -> SystemResult<()> {
    move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))
}

/// Works in a thread of its own, which may go where it likes: the caller's stays where it is,
/// and what a kept thread would hold, a namespace for one, is let go.
pub(crate) fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> SystemResult<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("procnet-netns".to_owned()).stack_size(256 << 10);
        let thread = thread.spawn_scoped(scope, work);
        let thread = thread.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN));
        thread?.join().map_err(|_| Errno::NOTRECOVERABLE)
    })
}

/// A path, as bytes.
pub(crate) fn bytes(path: &std::path::Path) -> RelativePath {
    RelativePath::from_slice(path.as_os_str().as_bytes())
}
