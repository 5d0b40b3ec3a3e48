//! Which threads hold which sockets.

use std::{collections::HashMap, ops::ControlFlow};

use procnet_core::{Inode, process::link};
use rustix::{
    fs::{Mode, OFlags, openat, readlinkat},
    io::Errno,
};

use crate::{Error, Name, ProcRoot, file, root};

/// The threads that hold sockets, of all processes.
///
/// Threads mostly share the descriptors of their process, so each of them holds its sockets; a thread
/// may have descriptors of its own (`unshare(CLONE_FILES)`). No file of /proc says which of them
/// share, so the descriptors of every thread are read (`/proc/PID/task/TID/fd`): about a microsecond
/// each, for every thread. [`Query::owners`](crate::Query::owners) reads those of a process once.
///
/// ```
/// use procnet::{Kinds, Query, Scanner, process::Threads};
///
/// let mut scanner = Scanner::new()?;
/// let threads = Threads::read(scanner.root())?;
/// scanner.visit(&Query::new().kinds(Kinds::TCP).owners(false), |socket| {
///     for thread in socket.inode.map(|inode| threads.of(inode)).unwrap_or_default() {
///         println!("{:?} {} of {}", socket.local(), thread.tid, thread.pid);
///     }
/// })?;
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Threads {
    sockets: HashMap<Inode, Vec<Thread>>,
    denied: u64,
}

/// A thread, and the descriptor through which it holds a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thread {
    /// The pid of its process.
    pub pid: u32,
    /// Its own number; that of the first thread is the pid.
    pub tid: u32,
    /// The number of the descriptor in its table.
    pub fd: u32,
    /// Its name (`comm`), at most 15 bytes. The thread chooses it, so it may have any bytes.
    pub comm: Name,
}

impl Threads {
    /// Reads the descriptors of all threads. Those that end meanwhile are left out.
    ///
    /// # Errors
    ///
    /// If processes cannot be listed. A process that may not be examined is
    /// [counted](Threads::denied).
    pub fn read(root: &ProcRoot) -> Result<Threads, Error> {
        let (mut pids, mut text) = (Vec::new(), Vec::new());
        root.list_pids(&mut text, &mut pids)?;
        let mut threads = Threads::default();
        for pid in pids {
            match threads.process(root, pid, &mut text) {
                Ok(()) | Err(Errno::NOENT | Errno::SRCH) => {}
                Err(_) => threads.denied += 1,
            }
        }
        Ok(threads)
    }

    /// The threads that hold the socket with this inode, by pid and number.
    #[must_use]
    pub fn of(&self, inode: Inode) -> &[Thread] {
        self.sockets.get(&inode).map(Vec::as_slice).unwrap_or_default()
    }

    /// The number of processes with descriptors that could not be read, mostly for lack of privilege.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.denied
    }

    fn process(&mut self, root: &ProcRoot, pid: u32, text: &mut Vec<u8>) -> Result<(), Errno> {
        // The open directory stays that of this process, even if its pid is reused.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let tasks = openat(root.dir(), format!("{pid}/task"), flags, Mode::empty())?;
        let mut tids = Vec::new();
        root::numbers_in(&tasks, 0, text, |tid| {
            tids.push(tid);
            ControlFlow::Continue(())
        })?;
        tids.sort_unstable();
        let mut denied = Ok(());
        for tid in tids {
            let table = openat(&tasks, format!("{tid}/fd"), flags, Mode::empty());
            let comm = file::read_small(&tasks, format!("{tid}/comm").as_bytes(), text);
            let comm = comm.map(|comm| Name::from(comm.strip_suffix(b"\n").unwrap_or(comm)));
            let (table, comm) = match (table, comm) {
                (Ok(table), Ok(comm)) => (table, comm),
                (Err(Errno::NOENT | Errno::SRCH), _) | (_, Err(Errno::NOENT | Errno::SRCH)) => {
                    continue;
                }
                (Err(errno), _) | (_, Err(errno)) => {
                    denied = Err(errno);
                    continue;
                }
            };
            let mut fds = Vec::new();
            let listed = root::numbers_in(&table, 0, text, |fd| {
                fds.push(fd);
                ControlFlow::Continue(())
            });
            match listed {
                Ok(()) | Err(Errno::NOENT | Errno::SRCH) => {}
                Err(errno) => denied = Err(errno),
            }
            for fd in fds {
                let target = match readlinkat(&table, fd.to_string(), std::mem::take(text)) {
                    Ok(target) => target.into_bytes(),
                    // Closed, or longer than a path may be, which no socket's is.
                    Err(Errno::NOENT | Errno::SRCH | Errno::NAMETOOLONG) => continue,
                    Err(errno) => {
                        denied = Err(errno);
                        continue;
                    }
                };
                if let Some(inode) = link::socket_inode(&target) {
                    let thread = Thread { pid, tid, fd, comm: comm.clone() };
                    self.sockets.entry(inode).or_default().push(thread);
                }
                *text = target;
            }
        }
        denied
    }
}
