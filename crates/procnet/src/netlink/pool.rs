//! A netlink socket for each network namespace that is queried.
//!
//! The kernel reports the objects of the namespace in which the netlink socket was created, wherever
//! its user moves later (net/core/sock_diag.c, net/netfilter/nfnetlink.c). So sockets are created in their
//! namespaces: for each visit, one thread moves from namespace to namespace, and then exits. A
//! socket is kept until a visit does not include its namespace, and keeps the namespace alive even
//! if everybody else has left it.

use std::os::fd::AsFd as _;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use rustix::io::Errno;

use super::socket::{NetlinkSocket, Protocol};
use crate::{
    ProcRoot,
    coverage::{self, Failure, Fallback},
    netns::{NetnsHandle, NetnsId, in_helper_thread, move_to},
    source::callers_buckets,
};

/// The sockets, by namespace.
#[derive(Debug, Default)]
pub(crate) struct SocketPool {
    protocol: Protocol,
    /// The key `None` is the caller's namespace if namespaces have no ids.
    entries: HashMap<Option<NetnsId>, Entry, RandomState>,
    /// Why no socket can be created anywhere: this is not retried.
    refused: Option<Fallback>,
}

/// The socket of a namespace.
#[derive(Debug, Default)]
struct Entry {
    socket: Option<NetlinkSocket>,
    /// The number of buckets of the namespace's TCP hash, if the kernel reports it.
    tcp_buckets: Option<u64>,
    /// Why there is no socket.
    refused: Option<Fallback>,
    /// Whether an answer was not received to its end: the kernel would refuse the next request.
    is_busy: bool,
    /// Whether the visit includes the namespace.
    is_wanted: bool,
}

/// A socket that was just opened, and what is known of its namespace.
struct Opened {
    socket: NetlinkSocket,
    tcp_buckets: Option<u64>,
}

impl SocketPool {
    /// A pool of sockets of a protocol.
    pub(crate) fn new(protocol: Protocol) -> SocketPool {
        SocketPool { protocol, ..SocketPool::default() }
    }

    /// Begins a visit: no entry is wanted until it is requested again.
    pub(crate) fn begin(&mut self) {
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
                self.settle(netns, open_here(root, self.protocol).map_err(Fallback::of_socket));
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
                    self.settle(netns, open_in(root, netns, self.protocol));
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
        let made = if netns.is_callers {
            open_here(root, self.protocol).map_err(Fallback::of_socket)
        } else {
            let failed = |errno| Fallback::NotEntered(Failure::new(errno));
            in_helper_thread(|| open_in(root, netns, self.protocol))
                .map_err(failed)
                .and_then(|opened| opened)
        };
        self.settle(netns, made);
        self.entries.entry(netns.id).or_default().is_wanted = is_wanted;
    }

    /// Whether there is no socket in a namespace, for no known reason.
    fn is_empty(&self, netns: &NetnsHandle) -> bool {
        let entry = self.entries.get(&netns.id);
        entry.is_none_or(|entry| entry.socket.is_none() && entry.refused.is_none())
    }

    fn settle(&mut self, netns: &NetnsHandle, made: Result<Opened, Fallback>) {
        let entry = self.entries.entry(netns.id).or_default();
        match made {
            Ok(Opened { socket, tcp_buckets }) => {
                (entry.socket, entry.tcp_buckets) = (Some(socket), tcp_buckets);
            }
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
        let socket = match entry.socket.take() {
            Some(socket) => socket,
            None => {
                let opened = if netns.is_callers {
                    open_here(root, self.protocol)?
                } else {
                    in_helper_thread(|| open_in(root, netns, self.protocol))?
                        .map_err(|fallback| coverage::errno(fallback.failure()))?
                };
                entry.tcp_buckets = opened.tcp_buckets;
                opened.socket
            }
        };
        entry.is_busy = true;
        entry.socket.insert(socket).send(request)
    }

    /// The socket from which a request was sent.
    pub(crate) fn in_use(&self, netns: Option<NetnsId>) -> Result<&NetlinkSocket, Errno> {
        let entry = self.entries.get(&netns);
        entry.and_then(|entry| entry.socket.as_ref()).ok_or(Errno::BADF)
    }

    /// The number of buckets of a namespace's TCP hash, if there is a socket in it and the kernel
    /// reports the number.
    pub(crate) fn tcp_buckets(&self, netns: Option<NetnsId>) -> Option<u64> {
        self.entries.get(&netns).and_then(|entry| entry.tcp_buckets)
    }

    /// Records that an answer was received to its end.
    pub(crate) fn release(&mut self, netns: Option<NetnsId>) {
        if let Some(entry) = self.entries.get_mut(&netns) {
            entry.is_busy = false;
        }
    }
}

/// Opens a socket in the calling thread's namespace.
fn open_here(root: &ProcRoot, protocol: Protocol) -> Result<Opened, Errno> {
    let socket = NetlinkSocket::open(protocol)?;
    let is_diag = protocol == Protocol::SockDiag;
    Ok(Opened { socket, tcp_buckets: is_diag.then(|| callers_buckets(root)).flatten() })
}

/// Moves the calling thread to a namespace permanently, and opens a socket there.
fn open_in(root: &ProcRoot, netns: &NetnsHandle, protocol: Protocol) -> Result<Opened, Fallback> {
    let entered = netns.enter(root).and_then(|ns_path| move_to(ns_path.as_fd()));
    entered.map_err(|errno| Fallback::NotEntered(Failure::new(errno)))?;
    open_here(root, protocol).map_err(Fallback::of_socket)
}
