//! A netlink socket: one question, and datagrams until the answer's end.

use std::{ops::ControlFlow, os::fd::OwnedFd, time::Duration};

use procnet_core::{
    ByteOrder,
    netlink::{Content, Flags, Messages, Payload},
};
use rustix::{
    io::{Errno, retry_on_intr},
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
        socket_with, sockopt,
    },
};

/// The kernel answers while it is asked; what takes so long comes never.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket of `NETLINK_SOCK_DIAG`, which stays in the network namespace it was made in.
#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

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
        let (family, protocol) = (AddressFamily::NETLINK, Some(netlink::SOCK_DIAG));
        let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE))?;
        Ok(Channel(socket))
    }

    /// Asks. Until the answer was received to its end, the kernel refuses the next question.
    pub(super) fn ask(&self, request: &[u8]) -> Result<(), Errno> {
        retry_on_intr(|| send(&self.0, request, SendFlags::empty())).map(drop)
    }

    /// The answer's next datagram; how long it is.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        // With TRUNC the whole length is told, also where there was no room for it.
        let (held, sent) = retry_on_intr(|| recv(&self.0, &mut *buffer, RecvFlags::TRUNC))?;
        if sent > held { Err(Errno::MSGSIZE) } else { Ok(held) }
    }
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
    use rustix::net::socketpair;

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
        let pair =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
        let (ours, kernel) = pair.unwrap();
        let channel = Channel(ours);
        for datagram in datagrams {
            send(&kernel, datagram, SendFlags::empty()).unwrap();
        }
        let (mut handed, mut buffer) = (0, [0; 64]);
        channel.ask(b"request").unwrap();
        let mut told = Answer::to(7);
        let result = loop {
            let received = channel.receive(&mut buffer);
            let end = received.and_then(|length| {
                told.datagram(&buffer[..length], |payload| {
                    handed += 1;
                    let stop = payload.as_bytes() == b"stop";
                    if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })
            });
            match end {
                Ok(None) => {}
                Ok(Some(end)) => break Ok(end),
                Err(errno) => break Err(errno),
            }
        };
        let mut request = [0; 16];
        let (length, _) = recv(&kernel, &mut request[..], RecvFlags::empty()).unwrap();
        assert_eq!(&request[..length], b"request");
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
        // Longer than there is room for: what was cut off is lost.
        assert_eq!(failed(message(DATA, 2, 7, &[1; 60])), (1, Err(Errno::MSGSIZE)));
        assert_eq!(failed(data[..10].to_vec()), (1, Err(Errno::BADMSG)));
        assert_eq!(failed(message(DONE, 2, 7, b"")), (1, Err(Errno::BADMSG)));
    }
}
