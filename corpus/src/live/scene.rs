//! One of every kind of socket, in every state that can be made to last, owned in every way.

use std::{
    net::SocketAddr,
    os::fd::{AsFd as _, AsRawFd as _, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::{Duration, Instant},
};

use super::{Actor, Entry, Owner, comm_of, inode_of};

mod inet;
mod tcp;
mod udp;
mod uncommon;
mod unix;

pub use uncommon::Uncommon;

/// Sockets and their owners, made in the namespaces of the caller, and what is known of them.
///
/// What is known is exactly what a table of the kernel shows, with these exceptions, which
/// text cannot or does not show: names with a newline are here whole.
#[derive(Debug)]
pub struct Scene {
    actors: Vec<Actor>,
    entries: Vec<Entry>,
    /// Sockets that this process holds itself.
    kept: Vec<OwnedFd>,
    /// Where named unix sockets are.
    directory: tempfile::TempDir,
    /// Whether there are sockets of IPv6.
    has_ipv6: bool,
}

/// So long nothing of a scene vanishes by itself (include/net/tcp.h `TCP_TIMEWAIT_LEN`).
const YOUTH: Duration = Duration::from_secs(50);

/// Who holds a socket: a place in [`Scene::actors`].
type Holder = usize;

/// Three that share what they hold, as forked workers do.
const WORKERS: [Holder; 3] = [0, 1, 2];
const CLIENT: Holder = 3;
/// Has a name that is not easy to take apart.
const ODD: Holder = 4;
/// Its first thread has ended.
const LEADERLESS: Holder = 5;
const NAMES: [&[u8]; 6] =
    [b"worker", b"worker", b"worker", b"client", b"o d) R (1 \xFF", b"leaderless"];

impl Scene {
    /// Makes it all.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn new() -> Scene {
        let mut scene = Scene {
            actors: NAMES.map(Actor::start).into(),
            entries: Vec::new(),
            kept: Vec::new(),
            directory: tempfile::tempdir().expect("a directory for sockets"),
            has_ipv6: inet::listen("[::1]:0").is_ok(),
        };
        if !scene.has_ipv6 {
            super::skip_part("the part of a scene in IPv6", "::1 cannot be bound");
        }
        tcp::add(&mut scene);
        udp::add(&mut scene);
        unix::add(&mut scene);
        scene.actors[LEADERLESS].end_leader();
        for actor in &scene.actors {
            scene.entries.extend_from_slice(actor.entries());
        }
        scene
    }

    /// Makes a scene and does `work` with it; once more, with another, if that fails when the
    /// scene has grown old: what is left of a closed connection lasts a minute, and a machine
    /// may be slow.
    ///
    /// # Panics
    ///
    /// If `work` does with a scene that is young.
    pub fn with(work: impl Fn(&Scene)) {
        loop {
            let scene = Scene::new();
            let begin = Instant::now();
            match catch_unwind(AssertUnwindSafe(|| work(&scene))) {
                Ok(()) => return,
                Err(panic) if begin.elapsed() < YOUTH => resume_unwind(panic),
                Err(_) => eprintln!("the scene has grown old: once more"),
            }
        }
    }

    /// Every socket there is in these namespaces.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The process whose first thread has ended.
    #[must_use]
    pub fn leaderless(&self) -> &Actor {
        &self.actors[LEADERLESS]
    }

    /// The process that made most of the connections.
    #[must_use]
    pub fn client(&self) -> &Actor {
        &self.actors[CLIENT]
    }

    /// Gives a socket away, as the only holders of it: a holder that is named twice has it by
    /// two descriptors, and if there is none it is closed.
    fn give(&mut self, socket: OwnedFd, entry: Entry, holders: &[Holder]) {
        let owner = |holder: &Holder| self.actors[*holder].hold(&[socket.as_fd()]);
        let owners = holders.iter().flat_map(owner).collect();
        let inode = Some(inode_of(&socket));
        drop(socket);
        self.entries.push(Entry { inode, owners, ..entry });
    }

    /// Holds a socket in this process.
    fn keep(&mut self, socket: OwnedFd, entry: Entry) {
        let pid = std::process::id();
        let owner = Owner { pid, fd: socket.as_raw_fd().unsigned_abs(), comm: comm_of(pid) };
        let inode = Some(inode_of(&socket));
        self.entries.push(Entry { inode, owners: [owner].into(), ..entry });
        self.kept.push(socket);
    }

    /// Notes a socket that no file belongs to.
    fn note(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}

impl Default for Scene {
    fn default() -> Scene {
        Scene::new()
    }
}

/// No peer.
fn nobody(local: SocketAddr) -> SocketAddr {
    match local {
        SocketAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0; 16], 0)),
    }
}
