//! A network namespace, and the ways to read its sockets.

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
    Error, ProcRoot,
    capture::Opened,
    coverage::{Failure, Fallback},
    file::{self, RelativePath},
    netns::Namespace,
};

/// The identity of a network namespace as long as it exists: the device and the inode of its file
/// in `nsfs` (fs/nsfs.c).
pub(crate) type NetnsId = (u64, u64);

/// The link to the network namespace of the thread that reads it.
const CALLER: &str = "/proc/thread-self/ns/net";

/// A network namespace, and the ways to read its sockets: tables through the directory `net` of a
/// process in it, netlink through a socket created in it.
#[derive(Debug, Default)]
pub(crate) struct NetnsHandle {
    pub(crate) namespace: Namespace,
    /// `None` if it may not be accessed, and in a directory of captures.
    pub(crate) id: Option<NetnsId>,
    /// Whether the calling thread is in it.
    pub(crate) is_callers: bool,
    /// The directory of its tables below the root; `None` if it has to be entered to read them.
    pub(crate) net: Option<RelativePath>,
    /// Its file in `nsfs`: below the root, or anywhere if the path is absolute.
    pub(crate) ns_path: Option<RelativePath>,
    /// Device and inode of `dev` in its directory of tables, which differ between namespaces: set
    /// if its file in `nsfs` may not be accessed.
    pub(crate) dev: Option<NetnsId>,
    /// Whether the directory of tables is that of a process that just happens to be in it: the pid
    /// may be reused by a process in another namespace.
    pub(crate) through_process: bool,
    /// Whether nothing but a socket shows that it exists: it can neither be entered nor read through
    /// a process.
    pub(crate) by_descriptors: bool,
}

impl NetnsHandle {
    /// The namespace shown by a directory of tables below a root.
    pub(crate) fn of_tables(root: &ProcRoot, net: RelativePath) -> NetnsHandle {
        let ns_path = net.strip_suffix(b"net").filter(|_| root.is_live()).map(|holder| {
            let holder = String::from_utf8_lossy(holder);
            file::path(format_args!("{holder}ns/net"))
        });
        let id = ns_path.as_ref().and_then(|ns_path| identify(root, ns_path).ok());
        let namespace = Namespace { inode: id.map(|(_, inode)| inode), ..Namespace::default() };
        NetnsHandle { namespace, id, ns_path, net: Some(net), ..NetnsHandle::default() }
    }

    /// The namespace of a root.
    pub(crate) fn of_host(root: &ProcRoot) -> Result<NetnsHandle, Error> {
        let handle = NetnsHandle::of_tables(root, root.host_net()?);
        let is_callers = root.is_own() || (handle.id.is_some() && handle.id == callers());
        Ok(NetnsHandle { is_callers, ..handle })
    }

    /// The namespace of a process.
    pub(crate) fn of_process(
        root: &ProcRoot,
        pid: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<NetnsHandle, Error> {
        let mut handle = NetnsHandle::of_tables(root, root.process_net(pid, buffer)?);
        handle.namespace.pid = Some(pid);
        handle.is_callers = handle.id.is_some() && handle.id == callers();
        Ok(handle)
    }

    /// Whether its tables can be read.
    pub(crate) fn can_read_tables(&self, root: &ProcRoot) -> Result<(), Fallback> {
        if self.net.is_some() {
            return Ok(());
        }
        let entered =
            self.enter(root).and_then(|ns_path| in_helper_thread(|| move_to(ns_path.as_fd()))?);
        entered.map_err(|errno| Fallback::NotEntered(Failure::new(errno)))
    }

    /// Opens a file in its directory of tables.
    pub(crate) fn open(&self, root: &ProcRoot, name: &str) -> SystemResult<Opened> {
        let Some(net) = &self.net else {
            let (ns_path, path) = (self.enter(root)?, format!("/proc/thread-self/net/{name}"));
            return in_helper_thread(|| {
                move_to(ns_path.as_fd())?;
                let file = file::open(CWD, path.as_bytes())?;
                Ok(Opened { file, compressed: false })
            })?;
        };
        let net = String::from_utf8_lossy(net);
        let opened = root.open(&file::path(format_args!("{net}/{name}")))?;
        // The namespace a file shows is determined when it is opened (fs/proc/proc_net.c
        // `seq_open_net`).
        if self.through_process && self.has_moved(root) { Err(Errno::SRCH) } else { Ok(opened) }
    }

    /// Reads a small file in its directory of tables into a reused buffer.
    pub(crate) fn read_small<'b>(
        &self,
        root: &ProcRoot,
        name: &str,
        buffer: &'b mut Vec<u8>,
    ) -> SystemResult<&'b [u8]> {
        file::read_whole(&self.open(root, name)?.file, buffer)
    }

    /// Opens the namespace's file, if it still belongs to the same namespace.
    pub(crate) fn enter(&self, root: &ProcRoot) -> SystemResult<OwnedFd> {
        // Its path is known unless it may not be accessed.
        let ns_path = self.ns_path.as_ref().ok_or(Errno::ACCESS)?;
        let ns_path = file::open(root.dir(), ns_path)?;
        let stat = fs::fstat(&ns_path)?;
        if self.id == Some((stat.st_dev, stat.st_ino)) { Ok(ns_path) } else { Err(Errno::SRCH) }
    }

    /// Whether the process through which it was found has exited or moved to another namespace.
    pub(crate) fn has_moved(&self, root: &ProcRoot) -> bool {
        match (&self.ns_path, &self.net) {
            (Some(ns_path), _) if self.id.is_some() => identify(root, ns_path).ok() != self.id,
            (_, Some(net)) => {
                let dev = file::path(format_args!("{}/dev", String::from_utf8_lossy(net)));
                identify(root, &dev).ok() != self.dev
            }
            _ => false,
        }
    }

    /// The error for a file in its directory of tables that could not be opened or read.
    #[cold]
    pub(crate) fn error(&self, root: &ProcRoot, name: &str, errno: Errno) -> Error {
        let Some(net) = &self.net else { return Error::io(self.path_of(root, name), errno) };
        root.error(&[&net[..], b"/", name.as_bytes()].concat(), errno)
    }

    /// The path of a file in its directory of tables, for messages.
    pub(crate) fn path_of(&self, root: &ProcRoot, name: &str) -> PathBuf {
        let directory = match (&self.net, &self.ns_path) {
            (Some(net), _) => root.path_of(net),
            (None, Some(ns_path)) => root.path_of(ns_path),
            (None, None) => root.path().to_owned(),
        };
        if self.net.is_some() && !name.is_empty() { directory.join(name) } else { directory }
    }
}

/// The namespace whose file is at a path.
pub(crate) fn identify(root: &ProcRoot, ns_path: &[u8]) -> SystemResult<NetnsId> {
    let stat = fs::statat(root.dir(), ns_path, AtFlags::empty())?;
    Ok((stat.st_dev, stat.st_ino))
}

/// The calling thread's namespace; `None` where this process's /proc is not mounted.
pub(crate) fn callers() -> Option<NetnsId> {
    let stat = fs::stat(CALLER).ok()?;
    Some((stat.st_dev, stat.st_ino))
}

/// Moves the calling thread into a namespace for the rest of its life.
pub(crate) fn move_to(namespace: BorrowedFd<'_>) -> SystemResult<()> {
    move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))
}

/// Runs `work` in a thread of its own, which may move to another namespace without affecting the
/// caller. The thread then exits, as a thread that is kept would hold the namespace.
pub(crate) fn in_helper_thread<T: Send>(work: impl FnOnce() -> T + Send) -> SystemResult<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("procnet-netns".to_owned()).stack_size(256 << 10);
        let thread = thread.spawn_scoped(scope, work);
        let thread = thread.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::AGAIN));
        thread?.join().map_err(|_| Errno::NOTRECOVERABLE)
    })
}

/// A path as bytes.
pub(crate) fn bytes(path: &std::path::Path) -> RelativePath {
    RelativePath::from_slice(path.as_os_str().as_bytes())
}
