//! A netlink socket that is connected to the kernel: one question, and datagrams until the
//! answer's end.
//!
//! Whoever has `CAP_NET_ADMIN` in a network namespace, as any user has in one of their own, may
//! send to the port of any `NETLINK_SOCK_DIAG` socket in it (net/netlink/af_netlink.c
//! `netlink_sendmsg`, `netlink_allowed`). A socket that is connected to the kernel's port, 0,
//! refuses such messages with `ECONNREFUSED` (`netlink_getsockbyportid`). The sender of each
//! datagram is checked all the same, and sequence numbers begin at random.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    ops::ControlFlow,
    os::fd::OwnedFd,
    time::Duration,
};

use procnet_core::{
    ByteOrder,
    netlink::{Content, Flags, Messages, Payload},
};
use rustix::{
    io::{Errno, retry_on_intr},
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketAddrAny, SocketFlags, SocketType, connect,
        netlink::{self, SocketAddrNetlink},
        recvfrom, send, socket_with, sockopt,
    },
};

/// The kernel answers within the call that asks; an answer that takes longer never comes.
const RECV_TIMEOUT: Duration = Duration::from_secs(10);

/// The kernel's port.
const KERNEL: SocketAddrNetlink = SocketAddrNetlink::new(0, 0);

/// How many datagrams of other senders are discarded before receiving fails.
const MAX_FOREIGN: u32 = 1024;

/// A socket of `NETLINK_SOCK_DIAG`, which stays in the network namespace it was made in.
#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

/// The numbers by which requests and their answers are matched: they begin at random, so that
/// others cannot guess them.
#[derive(Debug)]
pub(super) struct Sequence(u32);

impl Default for Sequence {
    fn default() -> Sequence {
        Sequence(RandomState::new().build_hasher().finish() as u32)
    }
}

impl Sequence {
    /// The number of the last request.
    pub(super) fn last(&self) -> u32 {
        self.0
    }

    /// The number of the next request; never 0.
    pub(super) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1).max(1);
        self.0
    }
}

/// How a dump ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The kernel said so, and whether what it told of changed meanwhile: no kernel says that
    /// of sockets so far (`NLM_F_DUMP_INTR`), so that its silence means nothing.
    Whole { interrupted: bool },
    /// Whoever asked had enough; more is on its way.
    Stopped,
}

impl Channel {
    pub(super) fn open() -> Result<Channel, Errno> {
        let channel = Channel::unconnected()?;
        connect(&channel.0, &KERNEL)?;
        Ok(channel)
    }

    fn unconnected() -> Result<Channel, Errno> {
        let (family, protocol) = (AddressFamily::NETLINK, Some(netlink::SOCK_DIAG));
        let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(RECV_TIMEOUT))?;
        Ok(Channel(socket))
    }

    /// Asks. Until the answer was received to its end, the kernel refuses the next question.
    pub(super) fn ask(&self, request: &[u8]) -> Result<(), Errno> {
        retry_on_intr(|| send(&self.0, request, SendFlags::empty())).map(drop)
    }

    /// The answer's next datagram; how long it is. Datagrams of other senders are discarded
    /// unread, at most [`MAX_FOREIGN`] of them.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut foreign = 0;
        loop {
            // With TRUNC the whole length is reported, also where there was no room for it.
            let (held, sent, sender) =
                retry_on_intr(|| recvfrom(&self.0, &mut *buffer, RecvFlags::TRUNC))?;
            if is_kernel(sender) {
                return if sent > held { Err(Errno::MSGSIZE) } else { Ok(held) };
            }
            foreign += 1;
            if foreign > MAX_FOREIGN {
                return Err(Errno::NOBUFS);
            }
        }
    }
}

/// Whether a datagram is the kernel's.
fn is_kernel(sender: Option<SocketAddrAny>) -> bool {
    let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
    sender.is_some_and(|sender| sender.pid() == KERNEL.pid())
}

/// An answer, datagram by datagram.
#[derive(Debug)]
pub(super) struct Answer {
    sequence: u32,
    interrupted: bool,
}

impl Answer {
    /// The answer to the question of this number.
    pub(super) fn to(sequence: u32) -> Answer {
        Answer { sequence, interrupted: false }
    }

    /// Hands on what each message of the next datagram holds; how the answer ended, if it did.
    pub(super) fn datagram(
        &mut self,
        datagram: &[u8],
        mut each: impl FnMut(Payload<'_>) -> ControlFlow<()>,
    ) -> Result<Option<End>, Errno> {
        for message in Messages::new(datagram, ByteOrder::NATIVE) {
            let message = message.map_err(|_| Errno::BADMSG)?;
            if message.sequence != self.sequence {
                continue;
            }
            self.interrupted |= message.flags.contains(Flags::DUMP_INTR);
            match message.content().map_err(|_| Errno::BADMSG)? {
                Content::Data(payload) => {
                    if each(payload).is_break() {
                        return Ok(Some(End::Stopped));
                    }
                }
                // Also what ends normally says why if it is not all: where nobody
                // handles the protocol, that is all it says.
                Content::Done(None) => {
                    return Ok(Some(End::Whole { interrupted: self.interrupted }));
                }
                Content::Done(Some(errno)) | Content::Error(Some(errno)) => {
                    let number = i32::try_from(errno.get()).unwrap_or(i32::MAX);
                    return Err(Errno::from_raw_os_error(number));
                }
                Content::Overrun => return Err(Errno::NOBUFS),
                Content::Noop | Content::Reserved | Content::Error(None) => {}
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::netlink::{Envelope, States, unix};
    use rustix::net::{getsockname, sendto};

    use super::*;

    const DATA: u16 = 20;
    const ERROR: u16 = 2;
    const DONE: u16 = 3;
    const OVERRUN: u16 = 4;

    /// A message that answers request 7 unless another is named.
    fn message(kind: u16, flags: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(16 + payload.len()).unwrap();
        let (kind, flags) = (kind.to_ne_bytes(), flags.to_ne_bytes());
        let (length, sequence) = (length.to_ne_bytes(), sequence.to_ne_bytes());
        [&length[..], &kind, &flags, &sequence, &[0; 4], payload].concat()
    }

    fn end(kind: u16, code: i32) -> Vec<u8> {
        message(kind, 2, 7, &code.to_ne_bytes())
    }

    /// How many messages were handed on, and how it ended, if this is what is received.
    fn answer(datagrams: &[Vec<u8>]) -> (usize, Result<Option<bool>, Errno>) {
        let (mut handed, mut told) = (0, Answer::to(7));
        let mut received = datagrams.iter();
        let result = loop {
            let datagram = received.next().expect("an answer that ends");
            let end = told.datagram(datagram, |payload| {
                handed += 1;
                let stop = payload.as_bytes() == b"stop";
                if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            match end {
                Ok(None) => {}
                Ok(Some(end)) => break Ok(end),
                Err(errno) => break Err(errno),
            }
        };
        let interrupted = result.map(|end| match end {
            End::Whole { interrupted } => Some(interrupted),
            End::Stopped => None,
        });
        (handed, interrupted)
    }

    #[test]
    fn an_answer_ends_where_the_kernel_says_so() {
        let data = message(DATA, 2, 7, b"data");
        let two = [data.clone(), data.clone()].concat();
        assert_eq!(answer(&[two, data.clone(), end(DONE, 0)]), (3, Ok(Some(false))));
        let interrupted = message(DATA, 0x12, 7, b"data");
        assert_eq!(answer(&[interrupted, end(DONE, 0)]), (1, Ok(Some(true))));
        // The rest of an earlier answer is none of this one.
        let (stale, gone) = (message(DATA, 2, 6, b"data"), message(DONE, 2, 6, &[0; 4]));
        assert_eq!(answer(&[stale, gone, data.clone(), end(DONE, 0)]), (1, Ok(Some(false))));
        assert_eq!(answer(&[message(DATA, 2, 7, b"stop"), data]), (1, Ok(None)));
    }

    #[test]
    fn every_failure_is_seen() {
        let data = message(DATA, 2, 7, b"data");
        let failed = |last: Vec<u8>| answer(&[data.clone(), last]);
        assert_eq!(failed(end(DONE, -2)), (1, Err(Errno::NOENT)));
        assert_eq!(failed(end(ERROR, -16)), (1, Err(Errno::BUSY)));
        assert_eq!(failed(message(OVERRUN, 2, 7, b"")), (1, Err(Errno::NOBUFS)));
        assert_eq!(failed(data[..10].to_vec()), (1, Err(Errno::BADMSG)));
        assert_eq!(failed(message(DONE, 2, 7, b"")), (1, Err(Errno::BADMSG)));
    }

    /// Asks for unix sockets in no state at all: the answer is its end.
    fn ask_for_nothing(channel: &Channel) {
        let dump = unix::Dump { states: States::NONE, show: unix::Show::NONE };
        let mut space = [0; 64];
        let request = dump.write(&mut space, Envelope::native(7)).unwrap();
        channel.ask(request).unwrap();
    }

    #[test]
    fn a_datagram_longer_than_the_buffer_is_an_error() {
        let channel = Channel::open().unwrap();
        ask_for_nothing(&channel);
        assert_eq!(channel.receive(&mut [0; 8]), Err(Errno::MSGSIZE));
    }

    /// Sends an end of the answer, as another process could. Skipped, and said, where that takes
    /// a privilege that the tests do not have.
    fn forge(channel: &Channel) -> Option<Result<(), Errno>> {
        let forger = Channel::unconnected().unwrap();
        let port = SocketAddrNetlink::try_from(getsockname(&channel.0).unwrap()).unwrap();
        let sent = sendto(&forger.0, &end(DONE, 0), SendFlags::empty(), &port);
        if sent == Err(Errno::PERM) {
            eprintln!("SKIPPED: forging a netlink message takes CAP_NET_ADMIN");
            return None;
        }
        Some(sent.map(drop))
    }

    #[test]
    fn a_connected_socket_refuses_messages_of_other_senders() {
        let channel = Channel::open().unwrap();
        if let Some(sent) = forge(&channel) {
            assert_eq!(sent, Err(Errno::CONNREFUSED));
        }
    }

    #[test]
    fn datagrams_of_other_senders_are_discarded() {
        // Not connected: so they are received at all.
        let channel = Channel::unconnected().unwrap();
        // It has a port once it has sent something.
        ask_for_nothing(&channel);
        let mut buffer = [0; 64];
        let length = channel.receive(&mut buffer).unwrap();
        if forge(&channel).is_none() {
            return;
        }
        ask_for_nothing(&channel);
        assert_eq!(channel.receive(&mut buffer), Ok(length));
        // As many as the socket has room for do not end it.
        for _message in 0..100 {
            forge(&channel).unwrap().unwrap();
        }
        ask_for_nothing(&channel);
        assert_eq!(channel.receive(&mut buffer), Ok(length));
    }
}
