//! The details of processes, each read once.

use std::{
    collections::HashMap,
    os::fd::{AsFd as _, OwnedFd},
    sync::Arc,
};

use rustix::io::Errno;

use super::{Process, ProcessDetails};
use crate::{Error, Name, ProcRoot};

/// The details of processes, each read when it is first requested.
///
/// A process is identified by its pid, start time and name, so its details are read again after it
/// has executed another program. At most 65,536 processes are kept.
///
/// ```
/// use procnet::{Kinds, Query, Scanner, decode::escape::Escaped, process::ProcessCache};
///
/// let mut scanner = Scanner::new()?;
/// let mut processes = ProcessCache::new(scanner.root())?;
/// scanner.visit(&Query::new().kinds(Kinds::TCP).listening(), |socket| {
///     for owner in socket.owners {
///         let details = processes.details(owner.process);
///         let unit = details.unit().map(Escaped).map(|unit| unit.to_string());
///         println!("{:?} {} {}", socket.local(), owner.comm(), unit.unwrap_or_default());
///     }
/// })?;
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Debug)]
pub struct ProcessCache {
    root: OwnedFd,
    processes: HashMap<Key, Arc<ProcessDetails>>,
    denied: u64,
}

type Key = (u32, Option<u64>, Name);

/// The cache is emptied when it has this many processes.
const CAPACITY: usize = 1 << 16;

impl ProcessCache {
    /// An empty cache of the processes of a root.
    ///
    /// # Errors
    ///
    /// If no further file descriptor can be opened.
    pub fn new(root: &ProcRoot) -> Result<ProcessCache, Error> {
        let dir = root.dir().try_clone_to_owned();
        let dir = dir.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO));
        let dir = dir.map_err(|errno| Error::io(root.path(), errno))?;
        Ok(ProcessCache { root: dir, processes: HashMap::new(), denied: 0 })
    }

    /// The details of an owner; all unknown if it has exited.
    pub fn details(&mut self, process: &Process) -> Arc<ProcessDetails> {
        self.details_of(process.pid, process.start_time, &process.comm)
    }

    /// The details of a process by its pid, start time and name, as the owner of an
    /// [event](crate::events::EventOwner) has them; all unknown if it has exited.
    pub fn details_of(
        &mut self,
        pid: u32,
        start_time: Option<u64>,
        comm: &Name,
    ) -> Arc<ProcessDetails> {
        let key = (pid, start_time, comm.clone());
        if let Some(details) = self.processes.get(&key) {
            return Arc::clone(details);
        }
        let details = ProcessDetails::read_below(self.root.as_fd(), pid);
        let details = details.ok().filter(|read| is_same(start_time, read)).unwrap_or_default();
        self.denied += u64::from(details.denied);
        if self.processes.len() >= CAPACITY {
            self.processes.clear();
        }
        let details = Arc::new(details);
        self.processes.insert(key, Arc::clone(&details));
        details
    }

    /// The number of times the details of a process were read, but [not all of them could
    /// be](ProcessDetails::denied).
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.denied
    }
}

/// Whether the pid has not been reused since the process was seen.
fn is_same(start_time: Option<u64>, details: &ProcessDetails) -> bool {
    start_time.zip(details.start_time).is_none_or(|(seen, read)| seen == read)
}
