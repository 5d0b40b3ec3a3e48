//! A process that holds the sockets it is given, and does little else.

use std::{
    ffi::OsStr,
    os::{
        fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use rustix::io::{FdFlags, fcntl_setfd};

use super::{
    Entry, Owner, channel, comm_of, inode_of,
    namespace::{PART, arguments},
    state_of,
};

mod serve;

pub use serve::become_one;

/// Gives an actor its name.
const NAME: &str = "PROCNET_LIVE_NAME";

/// A process started by [`Actor::start`]; it ends when this is dropped, and when the
/// process that started it ends in whatever way.
///
/// Its standard input is one end of a pair of unix sockets, over which it is told what to
/// do: a live test sees that pair too, and [`Actor::entries`] knows it.
#[derive(Debug)]
pub struct Actor {
    child: Child,
    channel: OwnedFd,
    comm: Vec<u8>,
    entries: [Entry; 2],
}

impl Actor {
    /// Starts a process and names it; the kernel keeps 15 bytes of a name.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn start(name: &[u8]) -> Actor {
        Actor::start_by(name, &[])
    }

    /// Starts a process by way of a command that executes it in its own place, such as
    /// `unshare --net` or `setpriv --reuid 1000`.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn start_by(name: &[u8], prefix: &[&str]) -> Actor {
        let (ours, theirs) = channel::pair().expect("a pair of sockets");
        let (our_inode, their_inode) = (inode_of(&ours), inode_of(&theirs));
        let child = command(prefix)
            .env(PART, "actor")
            .env(NAME, OsStr::from_bytes(name))
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        let held = |inode, pid, fd, comm| Entry {
            inode: Some(inode),
            owners: [Owner { pid, fd, comm }].into(),
            ..Entry::unix("seqpacket", "ESTABLISHED", None)
        };
        let us = std::process::id();
        let ours_held = held(our_inode, us, ours.as_raw_fd().unsigned_abs(), comm_of(us));
        let theirs_held = held(their_inode, child.id(), 0, Vec::new());
        let entries = [ours_held, theirs_held];
        let mut actor = Actor { child, channel: ours, comm: Vec::new(), entries };
        // When it answers it has its name.
        actor.ask("ready", &[]);
        actor.comm = comm_of(actor.pid());
        actor.entries[1].owners = [actor.owner(0)].into();
        actor
    }

    /// Its number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its name.
    #[must_use]
    pub fn comm(&self) -> &[u8] {
        &self.comm
    }

    /// The two ends of its channel, as they are seen in a table.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// It as the owner of a socket.
    #[must_use]
    pub fn owner(&self, fd: u32) -> Owner {
        Owner { pid: self.pid(), fd, comm: self.comm.clone() }
    }

    /// Hands it copies of sockets to hold; a socket may be given twice. The owner that it
    /// becomes of each.
    ///
    /// # Panics
    ///
    /// If it cannot take them.
    pub fn hold(&self, sockets: &[BorrowedFd<'_>]) -> Vec<Owner> {
        let mut owners = Vec::new();
        for sockets in sockets.chunks(channel::MOST) {
            let answer = self.ask("hold", sockets);
            let fds = answer.split_whitespace().map(|fd| fd.parse().expect("a descriptor"));
            owners.extend(fds.map(|fd| self.owner(fd)));
        }
        owners
    }

    /// Lets it bind and listen on an abstract unix name, which may hold any bytes; the socket's
    /// inode, and the owner that it is.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn bind_abstract(&self, name: &[u8]) -> (u64, Owner) {
        let codes: Vec<String> = name.iter().map(u8::to_string).collect();
        let answer = self.ask(&format!("bind {}", codes.join(" ")), &[]);
        let (fd, inode) = answer.split_once(' ').expect("a descriptor and an inode");
        let owner = self.owner(fd.parse().expect("a descriptor"));
        (inode.parse().expect("an inode"), owner)
    }

    /// Lets it make and close sockets, as fast as it can, until it ends: `tcp`, `udp` or
    /// `unix`.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn churn(&self, kind: &str) {
        self.ask(&format!("churn {kind}"), &[]);
    }

    /// Ends its first thread, and no other: the process lives on without leader.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn end_leader(&self) {
        self.ask("end leader", &[]);
        while state_of(self.pid()) != Some('Z') {
            std::thread::yield_now();
        }
    }

    /// Asks it something.
    pub(super) fn ask(&self, request: &str, sockets: &[BorrowedFd<'_>]) -> String {
        self.tell(request, sockets);
        self.hear()
    }

    pub(super) fn tell(&self, request: &str, sockets: &[BorrowedFd<'_>]) {
        channel::send(self.channel.as_fd(), request.as_bytes(), sockets).expect("an actor");
    }

    pub(super) fn hear(&self) -> String {
        let heard = channel::receive(self.channel.as_fd()).expect("an actor");
        let (answer, _) = heard.expect("an actor that lives");
        match answer.strip_prefix("failed: ") {
            Some(reason) => panic!("actor {}: {reason}", self.pid()),
            None => answer,
        }
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program, to be executed once more behind a prefix.
pub(super) fn command(prefix: &[&str]) -> Command {
    let mut words = prefix.iter().map(OsStr::new).chain([OsStr::new(program())]);
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).args(arguments());
    command
}

/// This program's file, by a descriptor that children inherit: so it can also be executed by
/// a user who may not pass the directories that it is in.
fn program() -> &'static str {
    static PROGRAM: OnceLock<(OwnedFd, String)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let file = OwnedFd::from(std::fs::File::open("/proc/self/exe").expect("this program"));
        fcntl_setfd(&file, FdFlags::empty()).expect("a descriptor to inherit");
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        (file, path)
    });
    path
}
