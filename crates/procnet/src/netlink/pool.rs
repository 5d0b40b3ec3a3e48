//! A netlink socket for each network namespace that is queried.
//!
//! The kernel reports the objects of the namespace in which the netlink socket was created, wherever
//! its user moves later (net/core/sock_diag.c, net/netfilter/nfnetlink.c). So sockets are created in their
//! namespaces: for each visit, one thread moves from namespace to namespace, and then exits. A
//! socket is kept until a visit does not include its namespace, and keeps the namespace alive even
//! if everybody else has left it.

use std::{os::fd::AsFd as _, sync::Arc};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use rustix::io::Errno;

use super::socket::{NetlinkSocket, Protocol, Used};
use crate::{
    ProcRoot,
    coverage::{self, Failure, Fallback},
    netns::{NetnsHandle, NetnsId, in_helper_thread, move_to},
};

/// The sockets, by namespace.
#[derive(Debug, Default)]
pub(crate) struct SocketPool {
    /// The key `None` is the caller's namespace if namespaces have no ids.
    entries: HashMap<Option<NetnsId>, Entry, RandomState>,
    /// Why no socket can be created anywhere: this is not retried.
    refused: Option<Fallback>,
    protocol: Protocol,
}

/// The socket of a namespace.
#[derive(Debug, Default)]
struct Entry {
    socket: Option<NetlinkSocket>,
    /// What answers have used of the limits.
    used: Arc<Used>,
    /// Why there is no socket.
    refused: Option<Fallback>,
    /// Whether an answer was not received to its end: the kernel would refuse the next request.
    is_busy: bool,
    /// Whether the visit includes the namespace.
    is_wanted: bool,
}

impl SocketPool {
    /// A pool of sockets of a protocol.
    pub(crate) fn new(protocol: Protocol) -> SocketPool {
        SocketPool { protocol, ..SocketPool::default() }
    }

    /// Begins a visit: no entry is wanted until it is requested again.
    pub(crate) fn begin(&mut self) {
        self.take_foreign();
        for entry in self.entries.values_mut() {
            entry.socket = entry.socket.take().filter(|_| !entry.is_busy);
            // The kernel's refusal may be temporary, and trying again costs nothing.
            entry.refused =
                entry.refused.filter(|refused| matches!(refused, Fallback::NotEntered(_)));
            (entry.is_busy, entry.is_wanted) = (false, false);
        }
    }

    /// Closes the sockets that this visit does not use.
    pub(crate) fn close_unwanted(&mut self) {
        self.entries.retain(|_, entry| entry.is_wanted);
    }

    /// Opens sockets in all namespaces that have none, for this visit.
    pub(crate) fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]) {
        if self.refused.is_some() {
            return;
        }
        for netns in namespaces {
            self.entries.entry(netns.id).or_default().is_wanted = true;
            if netns.is_callers && self.is_empty(netns) {
                let made = open(self.protocol, self.used(netns));
                self.settle(netns, made);
            }
        }
        if !namespaces.iter().any(|netns| self.is_empty(netns)) {
            return;
        }
        if !root.is_live() {
            return namespaces
                .iter()
                .for_each(|netns| self.settle(netns, Err(Fallback::OtherRoot)));
        }
        let worked = in_helper_thread(|| {
            for netns in namespaces {
                if self.is_empty(netns) {
                    let made = open_in(root, netns, self.protocol, self.used(netns));
                    self.settle(netns, made);
                }
            }
        });
        // If no thread can be started.
        if let Err(errno) = worked {
            for netns in namespaces {
                if self.is_empty(netns) {
                    self.settle(netns, Err(Fallback::NotEntered(Failure::new(errno))));
                }
            }
        }
    }

    /// Opens a socket in a namespace if it has none, and closes sockets that no visit uses.
    pub(crate) fn add_one(&mut self, root: &ProcRoot, netns: &NetnsHandle) {
        self.entries.retain(|id, entry| entry.is_wanted || *id == netns.id);
        // A namespace without an id may be a different one each time.
        let has_socket = netns.id.is_some() && self.in_use(netns.id).is_ok();
        if has_socket || self.refused.is_some() {
            return;
        }
        let is_wanted = self.entries.remove(&netns.id).is_some_and(|entry| entry.is_wanted);
        let used = self.used(netns);
        let made = if netns.is_callers {
            open(self.protocol, used)
        } else {
            let failed = |errno| Fallback::NotEntered(Failure::new(errno));
            let opened = in_helper_thread(|| open_in(root, netns, self.protocol, used));
            opened.map_err(failed).and_then(|opened| opened)
        };
        self.settle(netns, made);
        self.entries.entry(netns.id).or_default().is_wanted = is_wanted;
    }

    /// Whether there is no socket in a namespace, for no known reason.
    fn is_empty(&self, netns: &NetnsHandle) -> bool {
        let entry = self.entries.get(&netns.id);
        entry.is_none_or(|entry| entry.socket.is_none() && entry.refused.is_none())
    }

    fn settle(&mut self, netns: &NetnsHandle, made: Result<NetlinkSocket, Fallback>) {
        let entry = self.entries.entry(netns.id).or_default();
        match made {
            Ok(socket) => entry.socket = Some(socket),
            Err(fallback) => {
                entry.refused = Some(fallback);
                let is_everywhere = matches!(fallback, Fallback::Refused(_) | Fallback::NoProtocol);
                if is_everywhere && !fallback.is_transient() {
                    self.refused = Some(fallback);
                }
            }
        }
    }

    /// Why there is no socket in a namespace; `None` if there is one.
    pub(crate) fn refusal(&self, netns: &NetnsHandle) -> Option<Fallback> {
        let entry = self.entries.get(&netns.id);
        // If namespaces have no ids, the socket is that of the caller's namespace.
        let is_another = netns.id.is_none() && !netns.is_callers;
        if entry.is_some_and(|entry| entry.socket.is_some()) && !is_another {
            return None;
        }
        let unknown = Fallback::NotEntered(Failure::new(Errno::ACCESS));
        self.refused.or(entry.and_then(|entry| entry.refused)).or(Some(unknown))
    }

    /// Sends a request from a namespace's socket, which is then busy until
    /// [`release`](SocketPool::release).
    pub(crate) fn send(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        request: &[u8],
    ) -> Result<(), Errno> {
        let entry = self.entries.entry(netns.id).or_default();
        if entry.is_busy {
            entry.socket = None;
        }
        let used = Arc::clone(&entry.used);
        let socket = match entry.socket.take() {
            Some(socket) => socket,
            None if netns.is_callers => NetlinkSocket::open(self.protocol, used)?,
            None => in_helper_thread(|| open_in(root, netns, self.protocol, used))?
                .map_err(|fallback| coverage::errno(fallback.failure()))?,
        };
        entry.is_busy = true;
        entry.socket.insert(socket).send(request)
    }

    /// The socket from which a request was sent.
    pub(crate) fn in_use(&self, netns: Option<NetnsId>) -> Result<&NetlinkSocket, Errno> {
        let entry = self.entries.get(&netns);
        entry.and_then(|entry| entry.socket.as_ref()).ok_or(Errno::BADF)
    }

    /// The number of datagrams from other senders than the kernel since this was last asked for.
    /// They were discarded.
    pub(crate) fn take_foreign(&self) -> u64 {
        self.entries.values().map(|entry| entry.used.take_foreign()).sum()
    }

    fn used(&mut self, netns: &NetnsHandle) -> Arc<Used> {
        Arc::clone(&self.entries.entry(netns.id).or_default().used)
    }

    /// Records that an answer was received to its end.
    pub(crate) fn release(&mut self, netns: Option<NetnsId>) {
        if let Some(entry) = self.entries.get_mut(&netns) {
            entry.is_busy = false;
        }
    }
}

fn open(protocol: Protocol, used: Arc<Used>) -> Result<NetlinkSocket, Fallback> {
    NetlinkSocket::open(protocol, used).map_err(Fallback::of_socket)
}

/// Moves the calling thread to a namespace permanently, and opens a socket there.
fn open_in(
    root: &ProcRoot,
    netns: &NetnsHandle,
    protocol: Protocol,
    used: Arc<Used>,
) -> Result<NetlinkSocket, Fallback> {
    let entered = netns.enter(root).and_then(|ns_path| move_to(ns_path.as_fd()));
    entered.map_err(|errno| Fallback::NotEntered(Failure::new(errno)))?;
    open(protocol, used)
}
