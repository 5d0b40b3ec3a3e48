//! A /proc, and the network its tables show.

mod cgroup_namespace;
mod pid_namespace;
mod release;

use std::{
    ops::ControlFlow,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use rustix::{
    fs::{self, AtFlags, CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, RawDir},
    io::Errno,
};

use crate::{
    Error, ErrorKind,
    capture::Manifest,
    file::{self, RelativePath},
};

/// A /proc: that of this process, another one, or a directory with the same layout.
///
/// `/proc/net` is a link to `self/net`, and `self` is *the reader*. So the tables are read from the
/// directory that shows the intended network:
///
/// | root | tables |
/// |---|---|
/// | this process's own /proc | `thread-self/net`: the calling thread's network namespace, also after `setns` |
/// | another /proc, such as a host's, mounted into a container | `1/net`: the network namespace of its process 1 |
/// | a directory of captures | `1/net` if it exists, else `net` |
#[derive(Debug)]
pub struct ProcRoot {
    path: PathBuf,
    dir: OwnedFd,
    view: View,
    manifest: Manifest,
    contained: OnceLock<bool>,
    whole_control_groups: OnceLock<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Own,
    Foreign,
    Directory,
}

impl ProcRoot {
    /// This process's own /proc.
    ///
    /// # Errors
    ///
    /// If /proc is not mounted.
    pub fn own() -> Result<ProcRoot, Error> {
        ProcRoot::at("/proc")
    }

    /// The directory in the environment variable `HOST_PROC`, by default `/proc`.
    ///
    /// # Errors
    ///
    /// If it is not a directory.
    pub fn from_env() -> Result<ProcRoot, Error> {
        match std::env::var_os("HOST_PROC") {
            Some(path) if !path.is_empty() => ProcRoot::at(PathBuf::from(path)),
            _ => ProcRoot::own(),
        }
    }

    /// The given directory.
    ///
    /// # Errors
    ///
    /// If it is not a directory.
    pub fn at(path: impl Into<PathBuf>) -> Result<ProcRoot, Error> {
        let path = path.into();
        let found = (|| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let dir = fs::openat(CWD, &path, flags, Mode::empty())?;
            let view = View::of(dir.as_fd(), &path)?;
            let is_capture = view == View::Directory;
            let manifest =
                if is_capture { Manifest::read(dir.as_fd()) } else { Manifest::default() };
            Ok((dir, view, manifest))
        })();
        match found {
            Ok((dir, view, manifest)) => {
                let (contained, whole_control_groups) = (OnceLock::new(), OnceLock::new());
                Ok(ProcRoot { path, dir, view, manifest, contained, whole_control_groups })
            }
            Err(errno) => Err(Error::io(path, errno)),
        }
    }

    /// The path, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is this process's own /proc.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.view == View::Own
    }

    /// Whether it is a [capture](crate::capture): a directory that is not a procfs.
    #[must_use]
    pub fn is_capture(&self) -> bool {
        !self.is_live()
    }

    /// What a capture says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether this is a procfs, and not a directory of captures.
    pub(crate) fn is_live(&self) -> bool {
        self.view != View::Directory
    }

    pub(crate) fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// The path of a file below the root, for messages.
    pub(crate) fn path_of(&self, relative: &[u8]) -> PathBuf {
        self.path.join(String::from_utf8_lossy(relative).as_ref())
    }

    /// The directory of the host's tables.
    pub(crate) fn host_net(&self) -> Result<RelativePath, Error> {
        let candidates: &[&[u8]] = match self.view {
            // `thread-self` exists since Linux 3.17.
            View::Own => &[b"thread-self/net", b"self/net"],
            View::Foreign => &[b"1/net"],
            View::Directory => &[b"1/net", b"net"],
        };
        let mut denied = None;
        for candidate in candidates {
            match self.file_type(candidate) {
                Ok(FileType::Directory) => return Ok(RelativePath::from_slice(candidate)),
                Err(errno @ (Errno::ACCESS | Errno::PERM)) => denied = Some((*candidate, errno)),
                _ => {}
            }
        }
        match denied {
            Some((path, errno)) => Err(Error::io(self.path_of(path), errno)),
            None => Err(Error::new(ErrorKind::NotProc, &self.path)),
        }
    }

    /// The directory of the tables of a process's network namespace.
    pub(crate) fn process_net(
        &self,
        pid: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<RelativePath, Error> {
        let net = file::path(format_args!("{pid}/net"));
        let Err(errno) = self.shows_network(&net) else { return Ok(net) };
        // If the thread group leader has exited, the other threads still show the network.
        let tasks = file::path(format_args!("{pid}/task"));
        let mut found = None;
        let _ = numbers(self.dir(), &tasks, buffer, |tid| {
            let net = file::path(format_args!("{pid}/task/{tid}/net"));
            if found.is_none() && self.shows_network(&net).is_ok() {
                found = Some(net);
            }
        });
        let is_there = || self.file_type(&file::path(format_args!("{pid}")));
        if found.is_none() && self.is_capture() && is_there() == Ok(FileType::Directory) {
            // A capture has the tables of one network.
            return self.host_net();
        }
        found.ok_or_else(|| self.process_error(&net, errno))
    }

    /// Whether the tables of a capture are known to show the network of a process.
    pub(crate) fn shows_network_of(&self, pid: u32, net: &[u8]) -> bool {
        let own = file::path(format_args!("{pid}/"));
        if !self.is_capture() || net.starts_with(&own) {
            return true;
        }
        // Its process 1 is in the network of the tables, if those are its.
        let first = || self.captured_netns(b"1/ns/net").filter(|_| net == b"1/net");
        let tables = self.manifest.netns.or_else(first);
        let process = self.captured_netns(&file::path(format_args!("{pid}/ns/net")));
        tables.is_some() && tables == process
    }

    /// The inode of a network namespace, by a link of a capture.
    fn captured_netns(&self, path: &[u8]) -> Option<u64> {
        let target = fs::readlinkat(&self.dir, path, Vec::new()).ok()?;
        procnet_core::process::link::network_namespace(target.as_bytes())
    }

    /// Whether a process's `net` has any tables. That of a process that has exited still exists, but
    /// lookups in it fail (fs/proc/proc_net.c `proc_tgid_net_lookup`).
    fn shows_network(&self, net: &[u8]) -> Result<(), Errno> {
        // The one table that every kernel with networking has.
        let dev = if self.is_live() { "/dev" } else { "" };
        let net = String::from_utf8_lossy(net);
        self.file_type(&file::path(format_args!("{net}{dev}"))).map(drop)
    }

    fn file_type(&self, path: &[u8]) -> Result<FileType, Errno> {
        let stat = fs::statat(&self.dir, path, AtFlags::empty())?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }

    /// The pids of all visible processes, into a reused vector.
    pub(crate) fn list_pids(&self, buffer: &mut Vec<u8>, pids: &mut Vec<u32>) -> Result<(), Error> {
        pids.clear();
        numbers(self.dir(), b".", buffer, |pid| pids.push(pid))
            .map_err(|errno| Error::io(&self.path, errno))
    }

    /// Whether a listing lacks the processes of other users.
    pub(crate) fn hides_processes(&self, pids: &[u32]) -> bool {
        // Every pid namespace has a process 1 as long as it has any process.
        if self.is_live() { !pids.contains(&1) } else { self.manifest.hides_processes }
    }

    /// The error for a file below the root that could not be opened or read.
    #[cold]
    pub(crate) fn error(&self, path: &[u8], errno: Errno) -> Error {
        let error = Error::io(self.path_of(path), errno);
        let missing = errno == Errno::NOENT && !self.is_live() && !self.manifest.is_absent(path);
        if missing { error.with_kind(ErrorKind::NotCaptured) } else { error }
    }

    /// Whether there are processes outside the pid namespace that it shows, as in a container.
    pub(crate) fn is_contained(&self) -> bool {
        // A mounted procfs shows the same namespace for good.
        self.is_live() && *self.contained.get_or_init(|| pid_namespace::is_contained(self.dir()))
    }

    /// Whether it shows the paths of control groups from the root of the hierarchy: not in a cgroup
    /// namespace of the reader's own.
    pub(crate) fn shows_whole_control_groups(&self) -> bool {
        let is_whole = || cgroup_namespace::is_initial(self.dir());
        !self.is_live() || *self.whole_control_groups.get_or_init(is_whole)
    }

    /// Whether it shows the processes of this process's own pid namespace, and their numbers there.
    pub(crate) fn is_of_own_pid_namespace(&self) -> bool {
        self.is_own() && pid_namespace::is_own(self.dir())
    }

    /// The error for a file of a process.
    pub(crate) fn process_error(&self, path: &[u8], errno: Errno) -> Error {
        let error = Error::io(self.path_of(path), errno);
        match errno {
            Errno::NOENT | Errno::SRCH => error.with_kind(ErrorKind::NoSuchProcess),
            _ => error,
        }
    }
}

impl View {
    fn of(dir: BorrowedFd<'_>, path: &Path) -> Result<View, Errno> {
        if fs::fstatfs(dir)?.f_type != PROC_SUPER_MAGIC {
            return Ok(View::Directory);
        }
        // By path and not by device: a host's /proc, mounted into a container that shares the host's
        // pid namespace, has the same device as the container's own.
        let is_there = std::fs::canonicalize(path).is_ok_and(|path| path == Path::new("/proc"));
        // A path through /proc/PID/root leads into the mounts of that process, and still reads /proc.
        let device = fs::stat("/proc").map(|own| own.st_dev);
        let is_same = device.is_ok_and(|own| fs::fstat(dir).is_ok_and(|dir| dir.st_dev == own));
        Ok(if is_there && is_same { View::Own } else { View::Foreign })
    }
}

/// Lists the entries of a directory that are decimal numbers.
pub(crate) fn numbers(
    dir: BorrowedFd<'_>,
    path: &[u8],
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(u32),
) -> Result<(), Errno> {
    let dir = file::open_dir(dir, path)?;
    numbers_in(dir, 0, buffer, |number| {
        each(number);
        ControlFlow::Continue(())
    })
}

/// Lists the entries of an open directory that are decimal numbers, from an offset on, until `each`
/// breaks.
pub(crate) fn numbers_in(
    dir: impl AsFd,
    start: u64,
    buffer: &mut Vec<u8>,
    mut each: impl FnMut(u32) -> ControlFlow<()>,
) -> Result<(), Errno> {
    fs::seek(&dir, fs::SeekFrom::Start(start))?;
    buffer.clear();
    buffer.reserve(32 << 10);
    let mut entries = RawDir::new(dir, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let Some(number) = number(entry?.file_name().to_bytes()) else { continue };
        if each(number).is_break() {
            break;
        }
    }
    Ok(())
}

/// Parses the name of a directory entry as a pid, a thread id or a descriptor.
pub(crate) fn number(name: &[u8]) -> Option<u32> {
    // As the kernel does (fs/proc/util.c `name_to_int`): no sign, no leading zero except in 0
    // itself, and none of the last few numbers below 2³², which it treats as overflow.
    const MAX: u32 = (u32::MAX - 9) / 10;
    if name.first() == Some(&b'0') && name.len() > 1 {
        return None;
    }
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let append =
        |value: u32, byte| if value < MAX { Some(value * 10 + digit(byte)?) } else { None };
    if name.is_empty() { None } else { name.iter().try_fold(0, append) }
}
