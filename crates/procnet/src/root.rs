//! Where /proc is, and whose network its tables show.

use std::{
    ops::ControlFlow,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{self, AtFlags, CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC, RawDir},
    io::Errno,
};

use crate::{
    Error, ErrorKind,
    file::{self, RelativePath},
};

/// A /proc: this process's own, another one, or a directory of files laid out alike.
///
/// The kernel's `net` is a link to `self/net`, and `self` is *who reads*. So the tables
/// come from where they show the network that is meant:
///
/// | root | host tables |
/// |---|---|
/// | this process's own /proc | `thread-self/net`: the calling thread's network namespace, also after `setns` |
/// | another /proc, such as a host's that is mounted into a container | `1/net`: the network namespace of its first process |
/// | a directory of captures | `1/net` if there is one, else `net` |
#[derive(Debug)]
pub struct ProcRoot {
    path: PathBuf,
    dir: OwnedFd,
    view: View,
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
    /// If it is not mounted.
    pub fn own() -> Result<ProcRoot, Error> {
        ProcRoot::at("/proc")
    }

    /// The directory that the environment variable `HOST_PROC` names, else `/proc`.
    ///
    /// # Errors
    ///
    /// If that is no directory.
    pub fn from_env() -> Result<ProcRoot, Error> {
        match std::env::var_os("HOST_PROC") {
            Some(path) if !path.is_empty() => ProcRoot::at(PathBuf::from(path)),
            _ => ProcRoot::own(),
        }
    }

    /// A given directory.
    ///
    /// # Errors
    ///
    /// If it is no directory.
    pub fn at(path: impl Into<PathBuf>) -> Result<ProcRoot, Error> {
        let path = path.into();
        let found = (|| {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let dir = fs::openat(CWD, &path, flags, Mode::empty())?;
            let view = View::of(dir.as_fd(), &path)?;
            Ok((dir, view))
        })();
        match found {
            Ok((dir, view)) => Ok(ProcRoot { path, dir, view }),
            Err(errno) => Err(Error::io(path, errno)),
        }
    }

    /// Its path, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is this process's own /proc.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.view == View::Own
    }

    /// Whether the kernel answers here, rather than files of a capture.
    pub(crate) fn is_live(&self) -> bool {
        self.view != View::Directory
    }

    pub(crate) fn dir(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }

    /// The path of a file below, for messages.
    pub(crate) fn path_of(&self, relative: &[u8]) -> PathBuf {
        self.path.join(String::from_utf8_lossy(relative).as_ref())
    }

    /// Where the host's tables are.
    pub(crate) fn host_net(&self) -> Result<RelativePath, Error> {
        let candidates: &[&[u8]] = match self.view {
            // `thread-self` came with Linux 3.17.
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

    /// Where the tables of a process's network namespace are.
    pub(crate) fn process_net(
        &self,
        pid: u32,
        buffer: &mut Vec<u8>,
    ) -> Result<RelativePath, Error> {
        let net = file::path(format_args!("{pid}/net"));
        let Err(errno) = self.shows_network(&net) else { return Ok(net) };
        // A process whose leader has ended has its network through the threads that live on.
        let tasks = file::path(format_args!("{pid}/task"));
        let mut found = None;
        let _ = numbers(self.dir(), &tasks, buffer, |tid| {
            let net = file::path(format_args!("{pid}/task/{tid}/net"));
            if found.is_none() && self.shows_network(&net).is_ok() {
                found = Some(net);
            }
        });
        found.ok_or_else(|| self.process_error(&net, errno))
    }

    /// Whether there is anything in a process's directory of tables: that of one that has
    /// ended is still there, but nothing is found in it (fs/proc/proc_net.c `proc_tgid_net_lookup`).
    fn shows_network(&self, net: &[u8]) -> Result<(), Errno> {
        // The one table that no kernel with a network is without.
        let dev = if self.is_live() { "/dev" } else { "" };
        let net = String::from_utf8_lossy(net);
        self.file_type(&file::path(format_args!("{net}{dev}"))).map(drop)
    }

    fn file_type(&self, path: &[u8]) -> Result<FileType, Errno> {
        let stat = fs::statat(&self.dir, path, AtFlags::empty())?;
        Ok(FileType::from_raw_mode(stat.st_mode))
    }

    /// The pids of all processes that are visible here, into a list that is reused.
    pub(crate) fn list_pids(&self, buffer: &mut Vec<u8>, pids: &mut Vec<u32>) -> Result<(), Error> {
        pids.clear();
        numbers(self.dir(), b".", buffer, |pid| pids.push(pid))
            .map_err(|errno| Error::io(&self.path, errno))
    }

    /// Whether a listing leaves out the processes of other users.
    pub(crate) fn hides_processes(&self, pids: &[u32]) -> bool {
        // Every pid namespace has a process 1, for as long as it has any.
        self.is_live() && !pids.contains(&1)
    }

    /// The error for a file of one process.
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
        // By the path, not by the device: a host's /proc that is mounted into a container of
        // the host's pid namespace has the device of the container's own.
        let own = std::fs::canonicalize(path).is_ok_and(|path| path == Path::new("/proc"));
        Ok(if own { View::Own } else { View::Foreign })
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

/// Lists the entries of an open directory that are decimal numbers, from a place on, until
/// `each` has enough.
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
        if let Some(number) = number(entry?.file_name().to_bytes())
            && each(number).is_break()
        {
            break;
        }
    }
    Ok(())
}

/// A directory entry as a pid, a thread's id or a descriptor.
pub(crate) fn number(name: &[u8]) -> Option<u32> {
    // As the kernel does (fs/proc/util.c `name_to_int`): no sign, no leading zero but for 0
    // itself, and none of the last few numbers below 2³², which it takes for an overflow.
    const MOST: u32 = (u32::MAX - 9) / 10;
    if name.first() == Some(&b'0') && name.len() > 1 {
        return None;
    }
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let append =
        |value: u32, byte| if value < MOST { Some(value * 10 + digit(byte)?) } else { None };
    if name.is_empty() { None } else { name.iter().try_fold(0, append) }
}
