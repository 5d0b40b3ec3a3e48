//! Answers that were received before their sockets are wanted.
//!
//! While walkers read the processes, the kernel can already dump the sockets: its datagrams are
//! kept until the owners are known. What does not fit stays with the kernel, which goes on when it
//! is asked for the next datagram.

use rustix::io::Errno;

use super::{DATAGRAM, answer::Answer, socket::DiagSocket};
use crate::{Kinds, netns::NetnsId};

/// Datagrams, one after the other. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Prefetched {
    bytes: Vec<u8>,
    /// Where each datagram ends.
    ends: Vec<usize>,
    answers: Vec<PrefetchedAnswer>,
}

/// An answer, as much of it as there was room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrefetchedAnswer {
    netns: Option<NetnsId>,
    kinds: Kinds,
    pub(super) sequence: u32,
    /// Its next datagram, and the first that is not of it.
    next: usize,
    end: usize,
    /// Why the next one could not be received.
    pub(super) failure: Option<Errno>,
}

impl Prefetched {
    /// Forgets all answers.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.answers.clear();
    }

    /// Receives an answer, into at most `room` bytes. How many it took; `None` if it was not
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

    /// What was received of an answer, once; `None` if it was not asked for.
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
