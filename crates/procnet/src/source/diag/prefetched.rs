//! Answers received ahead.
//!
//! While other threads walk the processes, the kernel can already dump the sockets: the datagrams
//! are kept until the owners are known. What does not fit stays in the kernel, which continues the
//! dump as the next datagram is received.

use rustix::io::Errno;

use super::datagrams::Datagrams;
use crate::{
    Kinds,
    netlink::{Answer, DATAGRAM, NetlinkSocket, Waited},
    netns::NetnsId,
    source::request::Ahead,
};

/// The most that is allocated at once.
const MAX_RESERVED: usize = 16 << 20;

/// The datagrams of several answers. Clearing it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Prefetched {
    datagrams: Datagrams,
    answers: Vec<PrefetchedAnswer>,
}

/// An answer, as far as it fit.
#[derive(Debug)]
pub(super) struct PrefetchedAnswer {
    netns: Option<NetnsId>,
    kinds: Kinds,
    /// The answer, as far as it was received.
    pub(super) answer: Answer,
    /// The index of its next datagram, and that of the first that is not part of it.
    next: usize,
    end: usize,
    /// The socket that receives the rest, if there is any. It stays that of this answer, whatever else
    /// is requested before the rest is received.
    pub(super) rest: Option<NetlinkSocket>,
    /// Why the next datagram could not be received.
    pub(super) failure: Option<Errno>,
    /// How long it was waited for.
    pub(super) waited: Waited,
}

impl Prefetched {
    /// Forgets all answers.
    pub(super) fn clear(&mut self) {
        self.datagrams.clear();
        self.answers.clear();
    }

    /// Receives an answer as far as it may be received ahead. Returns its size; `None` if that is
    /// not to its end.
    pub(super) fn receive(
        &mut self,
        netns: Option<NetnsId>,
        kinds: Kinds,
        mut answer: Answer,
        socket: Result<&NetlinkSocket, Errno>,
        ahead: Ahead<'_>,
    ) -> Option<usize> {
        let Prefetched { datagrams, answers } = self;
        datagrams.reserve(ahead.room.min(MAX_RESERVED));
        let (first, before) = (datagrams.count(), datagrams.size());
        let (mut failure, mut is_whole, mut waited) = (None, false, Waited::default());
        while !is_whole
            && failure.is_none()
            && datagrams.size() + DATAGRAM <= before + ahead.room
            && (ahead.are_busy)()
        {
            match socket.and_then(|socket| datagrams.receive(socket, &mut waited)) {
                Ok(datagram) => is_whole = answer.ends_in(datagram),
                Err(errno) => failure = Some(errno),
            }
        }
        let mut rest = None;
        if !is_whole && failure.is_none() {
            match socket.and_then(NetlinkSocket::duplicate) {
                Ok(socket) => rest = Some(socket),
                Err(errno) => failure = Some(errno),
            }
        }
        let end = datagrams.count();
        let next = first;
        answers.push(PrefetchedAnswer { netns, kinds, answer, next, end, rest, failure, waited });
        is_whole.then_some(datagrams.size() - before)
    }

    /// The received part of an answer, once; `None` if it was not requested.
    pub(super) fn take(
        &mut self,
        netns: Option<NetnsId>,
        kinds: Kinds,
    ) -> Option<PrefetchedAnswer> {
        let is_it = |answer: &PrefetchedAnswer| answer.netns == netns && answer.kinds == kinds;
        let at = self.answers.iter().position(is_it)?;
        Some(self.answers.remove(at))
    }

    /// The next datagram of an answer.
    pub(super) fn next(&self, answer: &mut PrefetchedAnswer) -> Option<&[u8]> {
        if answer.next >= answer.end {
            return None;
        }
        answer.next += 1;
        self.datagrams.get(answer.next - 1)
    }
}
