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
    sandbox::{MODE, arguments},
    state_of,
};

mod execute;
mod serve;

pub use serve::run_if_helper;

/// The environment variable that holds a helper's name.
const NAME: &str = "PROCNET_LIVE_NAME";

/// A process started by [`HelperProcess::start`]. It ends when this is dropped, or when the
/// process that started it ends for whatever reason.
///
/// Its standard input is one end of a pair of unix sockets over which it receives requests. A
/// live test sees that pair too; [`HelperProcess::entries`] returns it.
#[derive(Debug)]
pub struct HelperProcess {
    child: Child,
    channel: OwnedFd,
    comm: Vec<u8>,
    entries: [Entry; 2],
}

impl HelperProcess {
    /// Starts a process with this name, of which the kernel keeps 15 bytes.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn start(name: &[u8]) -> HelperProcess {
        HelperProcess::start_via(name, &[])
    }

    /// Starts a process through a command that executes it, such as `unshare --net` or
    /// `setpriv --reuid 1000`.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[must_use]
    pub fn start_via(name: &[u8], prefix: &[&str]) -> HelperProcess {
        let (ours, theirs) = channel::pair().expect("a pair of sockets");
        let (our_inode, their_inode) = (inode_of(&ours), inode_of(&theirs));
        let child = command(prefix)
            .env(MODE, "helper")
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
        let mut helper = HelperProcess { child, channel: ours, comm: Vec::new(), entries };
        // It sets its name before it answers.
        helper.request("ready", &[]);
        helper.comm = comm_of(helper.pid());
        helper.entries[1].owners = [helper.owner(0)].into();
        helper
    }

    /// Its pid.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its name.
    #[must_use]
    pub fn comm(&self) -> &[u8] {
        &self.comm
    }

    /// The two ends of its channel, as they appear in a table.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// This process as the owner of a socket.
    #[must_use]
    pub fn owner(&self, fd: u32) -> Owner {
        Owner { pid: self.pid(), fd, comm: self.comm.clone() }
    }

    /// Passes copies of sockets to the process, which keeps them open; a socket may be passed
    /// twice. Returns the process as the owner of each.
    ///
    /// # Panics
    ///
    /// If it cannot take them.
    pub fn hold(&self, sockets: &[BorrowedFd<'_>]) -> Vec<Owner> {
        let mut owners = Vec::new();
        for sockets in sockets.chunks(channel::MAX_FDS) {
            let answer = self.request("hold", sockets);
            let fds = answer.split_whitespace().map(|fd| fd.parse().expect("a descriptor"));
            owners.extend(fds.map(|fd| self.owner(fd)));
        }
        owners
    }

    /// Makes it bind and listen on an abstract unix name, which may hold any bytes. Returns the
    /// socket's inode and its owner.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn bind_abstract(&self, name: &[u8]) -> (u64, Owner) {
        let codes: Vec<String> = name.iter().map(u8::to_string).collect();
        let answer = self.request(&format!("bind {}", codes.join(" ")), &[]);
        let (fd, inode) = answer.split_once(' ').expect("a descriptor and an inode");
        let owner = self.owner(fd.parse().expect("a descriptor"));
        (inode.parse().expect("an inode"), owner)
    }

    /// Makes it create and close sockets as fast as it can until it ends: `tcp`, `udp`, `unix`, or
    /// `listeners`, beside those of [`Workload::Listeners`](super::Workload::Listeners); or further
    /// descriptors of the sockets it holds: `descriptors`.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn churn(&self, kind: &str) {
        self.request(&format!("churn {kind}"), &[]);
    }

    /// Makes it execute a program again and again, with the sockets it holds. It takes no further
    /// requests.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub fn execute_again(&self) {
        self.send("execute", &[]);
        let is_alone = || {
            std::fs::read_dir(format!("/proc/{}/task", self.pid())).is_ok_and(|it| it.count() == 1)
        };
        // What executed it first may have been another thread than the first.
        while comm_of(self.pid()) != b"sh" || !is_alone() {
            std::thread::yield_now();
        }
    }

    /// Ends its first thread and no other: the process lives on without its leader.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn end_leader(&self) {
        self.request("end leader", &[]);
        while state_of(self.pid()) != Some('Z') {
            std::thread::yield_now();
        }
    }

    /// Sends a request and waits for its answer.
    pub(super) fn request(&self, request: &str, sockets: &[BorrowedFd<'_>]) -> String {
        self.send(request, sockets);
        self.receive()
    }

    pub(super) fn send(&self, request: &str, sockets: &[BorrowedFd<'_>]) {
        channel::send(self.channel.as_fd(), request.as_bytes(), sockets).expect("a helper");
    }

    pub(super) fn receive(&self) -> String {
        let received = channel::receive(self.channel.as_fd()).expect("a helper");
        let (answer, _) = received.expect("a running helper");
        match answer.strip_prefix("failed: ") {
            Some(reason) => panic!("helper {}: {reason}", self.pid()),
            None => answer,
        }
    }
}

impl Drop for HelperProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command that executes this program again, behind a prefix.
pub(super) fn command(prefix: &[&str]) -> Command {
    let mut words = prefix.iter().map(OsStr::new).chain([OsStr::new(program())]);
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).args(arguments());
    command
}

/// This program's file, named by a descriptor that children inherit, so that a user without
/// search permission on its directories can execute it too.
fn program() -> &'static str {
    static PROGRAM: OnceLock<(OwnedFd, String)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let file = OwnedFd::from(std::fs::File::open("/proc/self/exe").expect("this program"));
        fcntl_setfd(&file, FdFlags::empty()).expect("an inheritable descriptor");
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        (file, path)
    });
    path
}
