//! Answers received ahead.
//!
//! While other threads walk the processes, the kernel can already dump the sockets: the datagrams
//! are kept until the owners are known. What does not fit stays in the kernel, which continues the
//! dump as the next datagram is received.

use rustix::io::Errno;

use super::{DATAGRAM, answer::Answer, socket::DiagSocket};
use crate::{Kinds, netns::NetnsId};

/// Datagrams, one after the other. Clearing it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Prefetched {
    bytes: Vec<u8>,
    /// The end of each datagram.
    ends: Vec<usize>,
    answers: Vec<PrefetchedAnswer>,
}

/// An answer, as far as it fit.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrefetchedAnswer {
    netns: Option<NetnsId>,
    kinds: Kinds,
    pub(super) sequence: u32,
    /// The index of its next datagram, and that of the first that is not part of it.
    next: usize,
    end: usize,
    /// Why the next datagram could not be received.
    pub(super) failure: Option<Errno>,
}

impl Prefetched {
    /// Forgets all answers.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.answers.clear();
    }

    /// Receives an answer, into at most `room` bytes. Returns its size; `None` if it was not
    /// received to its end.
    pub(super) fn receive(
        &mut self,
        netns: Option<NetnsId>,
        kinds: Kinds,
        mut answer: Answer,
        socket: Result<&DiagSocket, Errno>,
        room: usize,
    ) -> Option<usize> {
        let (first, before) = (self.ends.len(), self.bytes.len());
        let sequence = answer.sequence();
        let (mut failure, mut is_whole) = (None, false);
        while !is_whole && failure.is_none() && self.bytes.len() + DATAGRAM <= before + room {
            let start = self.bytes.len();
            self.bytes.resize(start + DATAGRAM, 0);
            let space = self.bytes.get_mut(start..).unwrap_or_default();
            match socket.and_then(|socket| socket.receive(space)) {
                Ok(length) => {
                    self.bytes.truncate(start + length);
                    self.ends.push(self.bytes.len());
                    is_whole = answer.ends_in(self.bytes.get(start..).unwrap_or_default());
                }
                Err(errno) => {
                    self.bytes.truncate(start);
                    failure = Some(errno);
                }
            }
        }
        let end = self.ends.len();
        self.answers.push(PrefetchedAnswer { netns, kinds, sequence, next: first, end, failure });
        is_whole.then_some(self.bytes.len() - before)
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
        let at = answer.next;
        if at >= answer.end {
            return None;
        }
        answer.next += 1;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.bytes.get(start.unwrap_or_default()..end)
    }
}
