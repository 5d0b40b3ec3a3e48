//! Sockets that stay, beside processes, descriptors and sockets that come and go as fast as the machine
//! allows; and how far an answer is from what is known of those that stay.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    ops::AddAssign,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use procnet::OwnedSocket;

use super::{HelperProcess, LoadGenerator, Workload};

/// Sockets that stay, each held by one process under one number, in processes of which one duplicates
/// descriptors, and one executes a program again and again; and what comes and goes beside them, which
/// ends when this is dropped.
#[derive(Debug)]
pub struct SteadySockets {
    _load: LoadGenerator,
    _churn: Vec<HelperProcess>,
    _forks: Forks,
    /// By inode: the process and the descriptor.
    known: HashMap<u64, (u32, u32)>,
    /// The process that holds its sockets under changing numbers besides.
    duplicates: u32,
}

impl SteadySockets {
    /// In so many processes of TCP sockets and as many of UDP and unix sockets, with so many each: at
    /// least two.
    ///
    /// # Panics
    ///
    /// If they cannot be created.
    #[must_use]
    pub fn start(processes: usize, sockets: usize) -> SteadySockets {
        let load = LoadGenerator::default()
            .spawn(Workload::Tcp, processes, sockets)
            .spawn(Workload::Udp, processes / 2, sockets)
            .spawn(Workload::Unix, processes.div_ceil(2), sockets);
        // A process that this one starts holds the channels, too, until it executes its program.
        let channels: Vec<_> = load.processes().iter().flat_map(HelperProcess::entries).collect();
        let mut known = HashMap::new();
        for entry in load.entries().iter().filter(|entry| !channels.contains(entry)) {
            let mut owners = entry.owners.iter().map(|owner| (owner.pid, owner.fd));
            known.extend(entry.inode.zip(owners.next_back()));
        }
        let [duplicates, executes, ..] = load.processes() else {
            panic!("fewer than two processes")
        };
        duplicates.churn("descriptors");
        executes.execute_again();
        let duplicates = duplicates.pid();
        let churn = ["tcp", "udp", "unix"].map(|kind| {
            let helper = HelperProcess::start(kind.as_bytes());
            helper.churn(kind);
            helper
        });
        let (churn, forks) = (churn.into(), Forks::start());
        SteadySockets { _load: load, _churn: churn, _forks: forks, known, duplicates }
    }

    /// The number of them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// What an answer about all sockets has wrong about these.
    #[must_use]
    pub fn faults(&self, sockets: &[OwnedSocket]) -> Faults {
        let (mut faults, mut seen) = (Faults::default(), HashSet::new());
        for socket in sockets {
            let inode = socket.inode.map(procnet::Inode::get);
            let Some((inode, known)) = inode.and_then(|inode| self.known.get_key_value(&inode))
            else {
                continue;
            };
            faults.twice += u64::from(!seen.insert(inode));
            let owners: Vec<_> = socket.owners.iter().map(|owner| (owner.pid, owner.fd)).collect();
            let distinct: HashSet<_> = owners.iter().collect();
            faults.twice += (owners.len() - distinct.len()) as u64;
            faults.missed += u64::from(!distinct.contains(known));
            let is_another = |(pid, fd): &&&(u32, u32)| {
                (*pid, *fd) != *known && (*pid != known.0 || *pid != self.duplicates)
            };
            faults.wrong_owner += distinct.iter().filter(is_another).count() as u64;
        }
        faults.missed += (self.known.len() - seen.len()) as u64;
        faults
    }
}

/// The faults of answers, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Sockets that are not there, or not with the descriptor that holds them.
    pub missed: u64,
    /// Sockets, or descriptors of one, that are there more than once.
    pub twice: u64,
    /// Descriptors that do not hold the socket they are listed with.
    pub wrong_owner: u64,
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Faults) {
        self.missed += other.missed;
        self.twice += other.twice;
        self.wrong_owner += other.wrong_owner;
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Faults { missed, twice, wrong_owner } = self;
        write!(f, "missed {missed}, twice {twice}, wrong owner {wrong_owner}")
    }
}

/// A thread that starts processes, with and without sockets, which end at once.
#[derive(Debug)]
struct Forks {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Forks {
    fn start() -> Forks {
        let ended = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ended);
        let thread = thread::spawn(move || {
            while !is_ended.load(Ordering::Relaxed) {
                // Some are reaped immediately, some are zombies for a while.
                let spawn = || Command::new("true").stdin(Stdio::null()).spawn();
                let zombies: Vec<_> = (0..8).map(|_| spawn()).collect();
                if let Ok(mut child) = spawn() {
                    let _ = child.wait();
                }
                drop(LoadGenerator::default().spawn(Workload::Unix, 1, 20));
                for mut zombie in zombies.into_iter().flatten() {
                    let _ = zombie.wait();
                }
            }
        });
        Forks { ended, thread: Some(thread) }
    }
}

impl Drop for Forks {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking(), "no processes");
    }
}
