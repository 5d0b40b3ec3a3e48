//! One socket of every kind, in every state that can be held, owned in every possible way.

use std::{
    net::SocketAddr,
    os::fd::{AsFd as _, AsRawFd as _, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::{Duration, Instant},
};

use super::{Entry, HelperProcess, Owner, comm_of, inode_of};

mod devices;
mod inet;
mod mptcp;
mod tcp;
mod udp;
mod uncommon;
mod unix;

pub use devices::SameAddresses;
pub use mptcp::Mptcp;
pub use uncommon::Uncommon;

/// Sockets and their owners, created in the caller's namespaces, and what is known of them.
///
/// What is known is exactly what the kernel's tables show, except that names with a newline,
/// which text truncates, are complete here.
#[derive(Debug)]
pub struct Scene {
    helpers: Vec<HelperProcess>,
    entries: Vec<Entry>,
    /// Sockets that this process holds itself.
    kept: Vec<OwnedFd>,
    /// Contains the files of unix sockets that are bound to paths.
    directory: tempfile::TempDir,
    /// Whether the host has IPv6.
    has_ipv6: bool,
}

/// Up to this age nothing in a scene vanishes by itself (include/net/tcp.h `TCP_TIMEWAIT_LEN`).
const MAX_FIXTURE_AGE: Duration = Duration::from_secs(50);

/// Who holds a socket: an index into [`Scene::helpers`].
type Holder = usize;

/// Three that share what they hold, as forked workers do.
const WORKERS: [Holder; 3] = [0, 1, 2];
const CLIENT: Holder = 3;
/// Has a name that is hard to parse.
const ODD: Holder = 4;
/// Its first thread has ended.
const LEADERLESS: Holder = 5;
const NAMES: [&[u8]; 6] =
    [b"worker", b"worker", b"worker", b"client", b"o d) R (1 \xFF", b"leaderless"];

impl Scene {
    /// Creates all sockets and processes.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn new() -> Scene {
        let mut scene = Scene {
            helpers: NAMES.map(HelperProcess::start).into(),
            entries: Vec::new(),
            kept: Vec::new(),
            directory: tempfile::tempdir().expect("a directory for sockets"),
            has_ipv6: inet::listen("[::1]:0").is_ok(),
        };
        if !scene.has_ipv6 {
            super::skip_part("the IPv6 sockets of a scene", "::1 cannot be bound");
        }
        tcp::add(&mut scene);
        udp::add(&mut scene);
        unix::add(&mut scene);
        scene.helpers[LEADERLESS].end_leader();
        for helper in &scene.helpers {
            scene.entries.extend_from_slice(helper.entries());
        }
        scene
    }

    /// Creates a scene and calls `work` with it. If that fails after 50 seconds, it is
    /// repeated with a new scene: the remains of a closed connection last a minute, and the
    /// machine may be slow.
    ///
    /// # Panics
    ///
    /// If `work` panics before that age.
    pub fn with(work: impl Fn(&Scene)) {
        loop {
            let scene = Scene::new();
            let begin = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| work(&scene))) {
                Ok(()) => return,
                Err(panic) if begin.elapsed() < MAX_FIXTURE_AGE => resume_unwind(panic),
                Err(_) => eprintln!("the scene has expired: repeating with a new one"),
            }
        }
    }

    /// Every socket in these namespaces.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The process whose first thread has ended.
    #[must_use]
    pub fn leaderless(&self) -> &HelperProcess {
        &self.helpers[LEADERLESS]
    }

    /// The process that made most of the connections.
    #[must_use]
    pub fn client(&self) -> &HelperProcess {
        &self.helpers[CLIENT]
    }

    /// Passes a socket to its only holders: one that is named twice holds it by two descriptors,
    /// and without any it is closed.
    fn give(&mut self, socket: OwnedFd, entry: Entry, holders: &[Holder]) {
        let owner = |holder: &Holder| self.helpers[*holder].hold(&[socket.as_fd()]);
        let owners = holders.iter().flat_map(owner).collect();
        let inode = Some(inode_of(&socket));
        drop(socket);
        self.entries.push(Entry { inode, owners, ..entry });
    }

    /// Keeps a socket open in this process.
    fn keep(&mut self, socket: OwnedFd, entry: Entry) {
        let pid = std::process::id();
        let owner = Owner { pid, fd: socket.as_raw_fd().unsigned_abs(), comm: comm_of(pid) };
        let inode = Some(inode_of(&socket));
        self.entries.push(Entry { inode, owners: [owner].into(), ..entry });
        self.kept.push(socket);
    }

    /// Records a socket without a file.
    fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}

impl Default for Scene {
    fn default() -> Scene {
        Scene::new()
    }
}

/// The address that is shown in place of a missing peer's.
fn unspecified(local: SocketAddr) -> SocketAddr {
    match local {
        SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0; 16], 0)),
    }
}
