//! A netlink socket connected to the kernel: it sends a request, then receives datagrams until the
//! answer ends.
//!
//! A process with `CAP_NET_ADMIN` in a network namespace, which any user has in their own, may send
//! to the port of any netlink socket in it whose protocol does not set `NL_CFG_F_NONROOT_SEND`, and
//! neither `NETLINK_SOCK_DIAG` nor `NETLINK_NETFILTER` does (net/netlink/af_netlink.c
//! `netlink_sendmsg`, `netlink_allowed`). A socket connected to the kernel's port, 0, refuses such
//! messages with `ECONNREFUSED` (`netlink_getsockbyportid`). The sender of each datagram is checked
//! nevertheless, and sequence numbers start at random. Datagrams of other senders are counted, and
//! neither they nor an answer without end can keep anybody waiting: see [`Waited`].

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    os::fd::OwnedFd,
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

/// The kernel answers within the call that sends the request; an answer that takes longer never
/// comes.
const RECV_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time that the datagrams of one answer may take together: some hundred million
/// sockets.
const DEADLINE: Duration = Duration::from_secs(60);

/// The kernel's port.
pub(super) const KERNEL: SocketAddrNetlink = SocketAddrNetlink::new(0, 0);

/// The maximum number of datagrams from other senders that are discarded before receiving fails.
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
pub(crate) struct NetlinkSocket(OwnedFd);

/// How long an answer was waited for, and what was received meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waited {
    /// The time that remains for the answer.
    left: Duration,
    /// The datagrams of other senders.
    foreign: u64,
}

impl Default for Waited {
    fn default() -> Waited {
        Waited { left: DEADLINE, foreign: 0 }
    }
}

impl Waited {
    /// The number of datagrams from other senders since the last call.
    pub(crate) fn take_foreign(&mut self) -> u64 {
        std::mem::take(&mut self.foreign)
    }
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
    pub(crate) fn open(protocol: Protocol) -> Result<NetlinkSocket, Errno> {
        let socket = NetlinkSocket::unconnected(protocol)?;
        connect(&socket.0, &KERNEL)?;
        Ok(socket)
    }

    fn unconnected(protocol: Protocol) -> Result<NetlinkSocket, Errno> {
        let socket = create(protocol)?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(RECV_TIMEOUT))?;
        Ok(NetlinkSocket(socket))
    }

    /// The same socket under another descriptor, for another thread.
    pub(crate) fn duplicate(&self) -> Result<NetlinkSocket, Errno> {
        rustix::io::fcntl_dupfd_cloexec(&self.0, 0).map(NetlinkSocket)
    }

    /// Sends a request. The kernel refuses the next dump until the answer has been received to its
    /// end (net/netlink/af_netlink.c `__netlink_dump_start`).
    pub(crate) fn send(&self, request: &[u8]) -> Result<(), Errno> {
        retry_on_intr(|| send(&self.0, request, SendFlags::empty())).map(drop)
    }

    /// Receives the next datagram of the answer, and returns its length. Datagrams from other
    /// senders are discarded unread, at most [`MAX_FOREIGN`] of them.
    ///
    /// # Errors
    ///
    /// Also [`Errno::TIMEDOUT`] at the answer's deadline.
    pub(crate) fn receive(&self, buffer: &mut [u8], waited: &mut Waited) -> Result<usize, Errno> {
        let mut foreign = 0;
        loop {
            if waited.left.is_zero() {
                return Err(Errno::TIMEDOUT);
            }
            let begin = Instant::now();
            // With TRUNC, the kernel reports the whole length even if the datagram does not fit.
            let received = retry_on_intr(|| recvfrom(&self.0, &mut *buffer, RecvFlags::TRUNC));
            waited.left = waited.left.saturating_sub(begin.elapsed());
            let (held, sent, sender) = received?;
            if is_kernel(sender) {
                return if sent > held { Err(Errno::MSGSIZE) } else { Ok(held) };
            }
            foreign += 1;
            waited.foreign += 1;
            if foreign > MAX_FOREIGN {
                return Err(Errno::NOBUFS);
            }
        }
    }
}

/// Creates a netlink socket in the calling thread's network namespace.
pub(super) fn create(protocol: Protocol) -> Result<OwnedFd, Errno> {
    let protocol = match protocol {
        Protocol::SockDiag => netlink::SOCK_DIAG,
        Protocol::Netfilter => netlink::NETFILTER,
    };
    socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(protocol))
}

/// Whether a datagram is from the kernel.
pub(super) fn is_kernel(sender: Option<SocketAddrAny>) -> bool {
    let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
    sender.is_some_and(|sender| sender.pid() == KERNEL.pid())
}

#[cfg(test)]
impl NetlinkSocket {
    /// Makes receiving fail where it would wait.
    pub(crate) fn set_nonblocking(&self) {
        rustix::io::ioctl_fionbio(&self.0, true).unwrap();
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

    fn receive(socket: &NetlinkSocket, buffer: &mut [u8]) -> Result<usize, Errno> {
        socket.receive(buffer, &mut Waited::default())
    }

    #[test]
    fn an_answer_has_a_deadline() {
        let socket = NetlinkSocket::open(Protocol::SockDiag).unwrap();
        let mut waited = Waited::default();
        let mut answers = 0;
        // An answer without end.
        let ended = loop {
            dump_nothing(&socket);
            match socket.receive(&mut [0; 64], &mut waited) {
                Ok(_) => answers += 1,
                Err(errno) => break errno,
            }
            assert!(waited.left < DEADLINE, "its time counts");
            if answers == 1000 {
                waited.left = waited.left.min(Duration::from_micros(50));
            }
            assert!(answers < 1_000_000, "it never ends");
        };
        assert_eq!((ended, waited.left), (Errno::TIMEDOUT, Duration::ZERO));
        assert!(answers >= 1000);
    }

    #[test]
    fn a_datagram_longer_than_the_buffer_is_an_error() {
        let socket = NetlinkSocket::open(Protocol::SockDiag).unwrap();
        dump_nothing(&socket);
        assert_eq!(receive(&socket, &mut [0; 8]), Err(Errno::MSGSIZE));
    }

    /// Sends a forged end of the answer, as another process could. `None`, with a message, if the
    /// tests lack the privilege for it.
    fn forge(socket: &NetlinkSocket) -> Option<Result<(), Errno>> {
        let forger = NetlinkSocket::unconnected(Protocol::SockDiag).unwrap();
        let port = SocketAddrNetlink::try_from(getsockname(&socket.0).unwrap()).unwrap();
        let sent = sendto(&forger.0, &done(), SendFlags::empty(), &port);
        if sent == Err(Errno::PERM) {
            eprintln!("SKIPPED: forging a netlink message takes CAP_NET_ADMIN");
            return None;
        }
        Some(sent.map(drop))
    }

    #[test]
    fn a_connected_socket_refuses_messages_of_other_senders() {
        let socket = NetlinkSocket::open(Protocol::SockDiag).unwrap();
        if let Some(sent) = forge(&socket) {
            assert_eq!(sent, Err(Errno::CONNREFUSED));
        }
    }

    #[test]
    fn datagrams_of_other_senders_are_discarded() {
        // Not connected, so that forged messages are received at all.
        let socket = NetlinkSocket::unconnected(Protocol::SockDiag).unwrap();
        // It is assigned a port when it first sends.
        dump_nothing(&socket);
        let mut buffer = [0; 64];
        let length = receive(&socket, &mut buffer).unwrap();
        if forge(&socket).is_none() {
            return;
        }
        dump_nothing(&socket);
        assert_eq!(receive(&socket, &mut buffer), Ok(length));
        // A full receive queue of forged messages does not end it, and each is counted.
        for _message in 0..100 {
            forge(&socket).unwrap().unwrap();
        }
        dump_nothing(&socket);
        let mut waited = Waited::default();
        assert_eq!(socket.receive(&mut buffer, &mut waited), Ok(length));
        assert_eq!((waited.take_foreign(), waited.take_foreign()), (100, 0));
    }

    #[test]
    fn only_so_many_datagrams_of_other_senders_are_discarded() {
        let socket = NetlinkSocket::unconnected(Protocol::SockDiag).unwrap();
        dump_nothing(&socket);
        let mut buffer = [0; 64];
        receive(&socket, &mut buffer).unwrap();
        if forge(&socket).is_none() {
            return;
        }
        let mut waited = Waited::default();
        let ended = std::thread::scope(|scope| {
            let forging = scope
                .spawn(|| (0..MAX_FOREIGN).map(|_| forge(&socket)).filter(Option::is_some).count());
            let ended = socket.receive(&mut buffer, &mut waited);
            forging.join().unwrap();
            ended
        });
        assert_eq!((ended, waited.foreign), (Err(Errno::NOBUFS), u64::from(MAX_FOREIGN) + 1));
    }
}
