//! A netlink socket connected to the kernel: it sends a request, then receives datagrams until the
//! answer ends.
//!
//! A process with `CAP_NET_ADMIN` in a network namespace, which any user has in their own, may send
//! to the port of any netlink socket in it whose protocol does not set `NL_CFG_F_NONROOT_SEND`, and
//! neither `NETLINK_SOCK_DIAG` nor `NETLINK_NETFILTER` does (net/netlink/af_netlink.c
//! `netlink_sendmsg`, `netlink_allowed`). A socket connected to the kernel's port, 0, refuses such
//! messages with `ECONNREFUSED` (`netlink_getsockbyportid`). The sender of each datagram is checked
//! nevertheless, sequence numbers start at random, and both the datagrams of other senders and the
//! time that an answer may take are limited.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{
    io::{Errno, retry_on_intr},
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketAddrAny, SocketFlags, SocketType, connect,
        netlink::{self, SocketAddrNetlink},
        recvfrom, send, socket_with, sockopt,
    },
};

/// The longest wait for a datagram. The kernel answers within the call that sends the request; what
/// takes longer never comes.
const RECV_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest that the datagrams of one answer may take, without what is done in between: some
/// hundred million sockets. A dump without an end is given up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// The kernel's port.
const KERNEL: SocketAddrNetlink = SocketAddrNetlink::new(0, 0);

/// The maximum number of datagrams from other senders that are discarded during an answer before
/// receiving fails.
const MAX_FOREIGN: u32 = 1024;

/// The protocol of a netlink socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `NETLINK_SOCK_DIAG`: sockets.
    #[default]
    SockDiag,
    /// `NETLINK_NETFILTER`: tracked connections.
    Netfilter,
}

/// A netlink socket, which stays in the network namespace it was created in.
#[derive(Debug)]
pub(crate) struct NetlinkSocket {
    socket: OwnedFd,
    used: Arc<Used>,
}

/// What the current answer has used of the limits. A socket and its duplicates share it, as the
/// answer may be received by several threads, one after the other. So does the socket that replaces
/// it, which then need not allocate.
#[derive(Debug, Default)]
pub(crate) struct Used {
    /// The number of datagrams from other senders since the last request.
    foreign: AtomicU32,
    /// The time spent receiving the answer to the last request, in nanoseconds.
    waited: AtomicU64,
    /// The number of datagrams from other senders that have not been reported yet.
    unreported: AtomicU64,
}

/// The sequence numbers that match requests to their answers: they start at random, so that others
/// cannot guess them.
#[derive(Debug)]
pub(crate) struct Sequence(u32);

impl Default for Sequence {
    fn default() -> Sequence {
        Sequence(RandomState::new().build_hasher().finish() as u32)
    }
}

impl Sequence {
    /// The number of the last request.
    pub(crate) fn last(&self) -> u32 {
        self.0
    }

    /// The number of the next request; never 0.
    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1).max(1);
        self.0
    }
}

impl NetlinkSocket {
    pub(crate) fn open(protocol: Protocol, used: Arc<Used>) -> Result<NetlinkSocket, Errno> {
        let opened = NetlinkSocket::unconnected(protocol, used)?;
        connect(&opened.socket, &KERNEL)?;
        Ok(opened)
    }

    fn unconnected(protocol: Protocol, used: Arc<Used>) -> Result<NetlinkSocket, Errno> {
        let family = AddressFamily::NETLINK;
        let protocol = match protocol {
            Protocol::SockDiag => netlink::SOCK_DIAG,
            Protocol::Netfilter => netlink::NETFILTER,
        };
        let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(protocol))?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(RECV_TIMEOUT))?;
        Ok(NetlinkSocket { socket, used })
    }

    /// The same socket under another descriptor, for another thread.
    pub(crate) fn duplicate(&self) -> Result<NetlinkSocket, Errno> {
        let socket = rustix::io::fcntl_dupfd_cloexec(&self.socket, 0)?;
        Ok(NetlinkSocket { socket, used: Arc::clone(&self.used) })
    }

    /// Sends a request. The kernel refuses the next dump until the answer has been received to its
    /// end (net/netlink/af_netlink.c `__netlink_dump_start`).
    pub(crate) fn send(&self, request: &[u8]) -> Result<(), Errno> {
        self.used.foreign.store(0, Ordering::Relaxed);
        self.used.waited.store(0, Ordering::Relaxed);
        retry_on_intr(|| send(&self.socket, request, SendFlags::empty())).map(drop)
    }

    /// Receives the next datagram of the answer, and returns its length. Datagrams from other
    /// senders are discarded unread, at most [`MAX_FOREIGN`] of them.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        if self.used.waited.load(Ordering::Relaxed) > nanoseconds(ANSWER_TIMEOUT) {
            return Err(Errno::TIMEDOUT);
        }
        let started = Instant::now();
        let received = self.receive_since(started, buffer);
        self.used.waited.fetch_add(nanoseconds(started.elapsed()), Ordering::Relaxed);
        received
    }

    fn receive_since(&self, started: Instant, buffer: &mut [u8]) -> Result<usize, Errno> {
        loop {
            // With TRUNC, the kernel reports the whole length even if the datagram does not fit.
            let (held, sent, sender) =
                retry_on_intr(|| recvfrom(&self.socket, &mut *buffer, RecvFlags::TRUNC))?;
            if is_kernel(sender) {
                return if sent > held { Err(Errno::MSGSIZE) } else { Ok(held) };
            }
            self.used.unreported.fetch_add(1, Ordering::Relaxed);
            if self.used.foreign.fetch_add(1, Ordering::Relaxed) >= MAX_FOREIGN {
                return Err(Errno::NOBUFS);
            }
            // Those of others do not prolong the wait for the kernel's.
            if started.elapsed() > RECV_TIMEOUT {
                return Err(Errno::TIMEDOUT);
            }
        }
    }
}

impl Used {
    /// The number of datagrams from other senders since this was last asked for.
    pub(crate) fn take_foreign(&self) -> u64 {
        self.unreported.swap(0, Ordering::Relaxed)
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether a datagram is from the kernel.
fn is_kernel(sender: Option<SocketAddrAny>) -> bool {
    let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
    sender.is_some_and(|sender| sender.pid() == KERNEL.pid())
}

#[cfg(test)]
impl NetlinkSocket {
    /// Makes receiving fail where it would wait.
    pub(crate) fn set_nonblocking(&self) {
        rustix::io::ioctl_fionbio(&self.socket, true).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::netlink::{Envelope, States, unix};
    use rustix::net::{getsockname, sendto};

    use super::*;

    /// An `NLMSG_DONE` without an error that answers request 7.
    fn done() -> Vec<u8> {
        let words = [20_u32.to_ne_bytes(), [0; 4], 7_u32.to_ne_bytes(), [0; 4], [0; 4]];
        let mut message = words.concat();
        message[4..6].copy_from_slice(&3_u16.to_ne_bytes());
        message
    }

    /// Requests a dump of unix sockets in no state: the answer is only `NLMSG_DONE`.
    fn dump_nothing(socket: &NetlinkSocket) {
        let dump = unix::Dump { states: States::NONE, show: unix::Show::NONE };
        let mut space = [0; 64];
        let request = dump.write(&mut space, Envelope::native(7)).unwrap();
        socket.send(request).unwrap();
    }

    #[test]
    fn a_datagram_longer_than_the_buffer_is_an_error() {
        let socket = NetlinkSocket::open(Protocol::SockDiag, Arc::default()).unwrap();
        dump_nothing(&socket);
        assert_eq!(socket.receive(&mut [0; 8]), Err(Errno::MSGSIZE));
    }

    /// Sends a forged end of the answer, as another process could. `None`, with a message, if the
    /// tests lack the privilege for it.
    fn forge(socket: &NetlinkSocket, protocol: Protocol) -> Option<Result<(), Errno>> {
        let forger = NetlinkSocket::unconnected(protocol, Arc::default()).unwrap();
        let port = SocketAddrNetlink::try_from(getsockname(&socket.socket).unwrap()).unwrap();
        let sent = sendto(&forger.socket, &done(), SendFlags::empty(), &port);
        if sent == Err(Errno::PERM) {
            eprintln!("SKIPPED: forging a netlink message takes CAP_NET_ADMIN");
            return None;
        }
        Some(sent.map(drop))
    }

    #[test]
    fn a_connected_socket_refuses_messages_of_other_senders() {
        for protocol in [Protocol::SockDiag, Protocol::Netfilter] {
            let socket = match NetlinkSocket::open(protocol, Arc::default()) {
                Ok(socket) => socket,
                Err(Errno::PROTONOSUPPORT) => {
                    eprintln!("SKIPPED: this kernel has no {protocol:?}");
                    continue;
                }
                Err(errno) => panic!("{protocol:?}: {errno}"),
            };
            if let Some(sent) = forge(&socket, protocol) {
                assert_eq!(sent, Err(Errno::CONNREFUSED), "{protocol:?}");
            }
        }
    }

    #[test]
    fn datagrams_of_other_senders_are_discarded_and_counted() {
        // Not connected, so that forged messages are received at all.
        let protocol = Protocol::SockDiag;
        let socket = NetlinkSocket::unconnected(protocol, Arc::default()).unwrap();
        // It is assigned a port when it first sends.
        dump_nothing(&socket);
        let mut buffer = [0; 64];
        let length = socket.receive(&mut buffer).unwrap();
        if forge(&socket, protocol).is_none() {
            return;
        }
        dump_nothing(&socket);
        assert_eq!((socket.receive(&mut buffer), socket.used.take_foreign()), (Ok(length), 1));
        // A full receive queue of forged messages does not end it.
        for _message in 0..100 {
            forge(&socket, protocol).unwrap().unwrap();
        }
        dump_nothing(&socket);
        assert_eq!((socket.receive(&mut buffer), socket.used.take_foreign()), (Ok(length), 100));
        // But a stream of them does, as does an answer that never ends.
        socket.used.foreign.store(MAX_FOREIGN, Ordering::Relaxed);
        forge(&socket, protocol).unwrap().unwrap();
        assert_eq!(socket.receive(&mut buffer), Err(Errno::NOBUFS));
        assert_eq!(socket.used.take_foreign(), 1);
        let other = socket.duplicate().unwrap();
        socket.used.waited.store(nanoseconds(ANSWER_TIMEOUT) + 1, Ordering::Relaxed);
        assert_eq!(other.receive(&mut buffer), Err(Errno::TIMEDOUT));
        // The next request begins anew.
        dump_nothing(&socket);
        assert_eq!((socket.receive(&mut buffer), socket.used.take_foreign()), (Ok(length), 0));
    }
}
