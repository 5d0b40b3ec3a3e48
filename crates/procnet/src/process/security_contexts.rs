//! The security contexts of processes and of their sockets.

use std::{
    collections::HashMap,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    path::PathBuf,
};

use procnet_core::Inode;
use rustix::{
    fs::{getxattr, readlinkat},
    io::Errno,
};

use crate::{Error, ProcRoot, file};

/// What a security module says of processes and of sockets, each read once when it is asked for.
///
/// Of a process it is what `/proc/PID/attr/current` has (fs/proc/base.c `proc_pid_attr_read`): a context of
/// SELinux, a label of Smack, a profile of AppArmor. Of a socket it is the extended attribute
/// `security.selinux` of its file, which only SELinux has; that is one system call for each descriptor.
/// `ss -Z` and `ss -z` read the same.
///
/// ```
/// use procnet::{process::SecurityContexts, Kinds, Query, Scanner};
///
/// let mut scanner = Scanner::new()?;
/// let mut contexts = SecurityContexts::new(scanner.root())?;
/// scanner.visit(&Query::new().kinds(Kinds::TCP), |socket| {
///     for owner in socket.owners {
///         let context = contexts.of_process(owner.pid()).unwrap_or_default();
///         println!("{} {}", owner.pid(), String::from_utf8_lossy(context));
///     }
/// })?;
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Debug)]
pub struct SecurityContexts {
    root: OwnedFd,
    /// The path of a procfs, in which a descriptor leads to its socket.
    live: Option<PathBuf>,
    processes: HashMap<u32, Option<Vec<u8>>>,
    denied: u64,
    seen: Seen,
}

/// What was read so far.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    any: bool,
    none: bool,
}

/// A context has at most a page (kernel: `proc_pid_attr_write`).
const MAX: usize = 4096;

impl SecurityContexts {
    /// Those of a root. Nothing is read before it is asked for.
    ///
    /// # Errors
    ///
    /// If no further file descriptor can be opened.
    pub fn new(root: &ProcRoot) -> Result<SecurityContexts, Error> {
        let dir = root.dir().try_clone_to_owned();
        let dir = dir.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
        let dir = dir.map_err(|errno| Error::io(root.path(), errno))?;
        let live = root.is_live().then(|| root.path().to_owned());
        let (processes, seen) = (HashMap::new(), Seen::default());
        Ok(SecurityContexts { root: dir, live, processes, denied: 0, seen })
    }

    /// The context of a process, which may be any bytes; `None` if no security module has one, or it
    /// cannot be read.
    pub fn of_process(&mut self, pid: u32) -> Option<&[u8]> {
        if !self.processes.contains_key(&pid) {
            let path = format!("{pid}/attr/current");
            let mut text = Vec::new();
            let read = file::read_small(&self.root, path.as_bytes(), &mut text);
            let read = read.map(trimmed);
            let context = self.note(read);
            self.processes.insert(pid, context);
        }
        self.processes.get(&pid)?.as_deref()
    }

    /// The context of a socket, by a descriptor of a process; `None` if SELinux has none, it cannot be
    /// read, or the descriptor is no longer that of this socket. Another root that is no procfs has none.
    pub fn of_socket(&mut self, pid: u32, fd: u32, inode: Inode) -> Option<Vec<u8>> {
        let link = self.live.as_ref()?.join(format!("{pid}/fd/{fd}"));
        let read = socket(self.root.as_fd(), &link, (pid, fd), inode);
        self.note(read)
    }

    /// Whether something was asked for, and no security module had a context for any of it.
    #[must_use]
    pub fn are_absent(&self) -> bool {
        self.seen.none && !self.seen.any
    }

    /// How many could not be read for lack of privilege.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.denied
    }

    fn note(&mut self, read: Result<Vec<u8>, Errno>) -> Option<Vec<u8>> {
        match read {
            Ok(context) if !context.is_empty() => {
                self.seen.any = true;
                return Some(context);
            }
            Err(Errno::ACCESS | Errno::PERM) => self.denied += 1,
            // It has ended, or closed the socket; a root without the file has none.
            Err(Errno::SRCH | Errno::BADF) => {}
            // No module has an answer: EINVAL (security/security.c `security_getprocattr`), or there is no
            // such attribute.
            Ok(_) | Err(_) => self.seen.none = true,
        }
        None
    }
}

/// Without the zero and the newline that modules append.
fn trimmed(text: &[u8]) -> Vec<u8> {
    let end = text.iter().rposition(|byte| !matches!(byte, 0 | b'\n')).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default().to_vec()
}

/// The descriptor is followed to the socket itself. The link is read behind the attribute: if it still
/// leads to the socket, so did the other.
fn socket(
    root: BorrowedFd<'_>,
    link: &std::path::Path,
    (pid, fd): (u32, u32),
    inode: Inode,
) -> Result<Vec<u8>, Errno> {
    let mut context = vec![0; MAX];
    let length = match getxattr(link, "security.selinux", &mut context[..]) {
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(0),
        length => length,
    }?;
    let target = readlinkat(root, format!("{pid}/fd/{fd}"), Vec::new())?;
    if procnet_core::process::link::socket_inode(target.as_bytes()) != Some(inode) {
        return Err(Errno::BADF);
    }
    Ok(trimmed(context.get(..length).unwrap_or_default()))
}
