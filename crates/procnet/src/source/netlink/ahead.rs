//! Answers that are received before their sockets are wanted.
//!
//! While helpers walk the processes, the kernel can already tell the sockets: its datagrams are
//! kept until the owners are known. What does not fit stays with the kernel, which tells it
//! when it is asked to go on.

use std::ops::ControlFlow;

use rustix::io::Errno;

use super::{
    DATAGRAM,
    channel::{Answer, Channel},
};
use crate::{Kinds, place::Id};

/// Datagrams, one after the other.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    bytes: Vec<u8>,
    /// Where each datagram ends.
    ends: Vec<usize>,
    answers: Vec<Begun>,
    /// The most that is kept.
    pub(super) most: usize,
}

/// An answer, as much of it as there was room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    id: Option<Id>,
    kinds: Kinds,
    pub(super) sequence: u32,
    /// Its datagrams.
    first: usize,
    end: usize,
    /// Why the next one could not be received.
    pub(super) failure: Option<Errno>,
}

impl Ahead {
    /// Forgets all answers; the memory is kept.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.answers.clear();
    }

    /// How much is kept.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Receives an answer as far as there is room. Whether it was received to its end.
    pub(super) fn receive(
        &mut self,
        id: Option<Id>,
        kinds: Kinds,
        sequence: u32,
        channel: Result<&Channel, Errno>,
    ) -> bool {
        let first = self.ends.len();
        let mut answer = Answer::to(sequence);
        let (mut failure, mut is_whole) = (None, false);
        while !is_whole && failure.is_none() && self.bytes.len() + DATAGRAM <= self.most {
            let start = self.bytes.len();
            self.bytes.resize(start + DATAGRAM, 0);
            let space = self.bytes.get_mut(start..).unwrap_or_default();
            match channel.and_then(|channel| channel.receive(space)) {
                Ok(length) => {
                    self.bytes.truncate(start + length);
                    self.ends.push(self.bytes.len());
                    let datagram = self.bytes.get(start..).unwrap_or_default();
                    // An error that it holds is found when it is read.
                    let end = answer.datagram(datagram, |_| ControlFlow::Continue(()));
                    is_whole = !matches!(end, Ok(None));
                }
                Err(errno) => {
                    self.bytes.truncate(start);
                    failure = Some(errno);
                }
            }
        }
        let end = self.ends.len();
        self.answers.push(Begun { id, kinds, sequence, first, end, failure });
        is_whole
    }

    /// What was received of an answer, once; `None` if it was not asked for.
    pub(super) fn take(&mut self, id: Option<Id>, kinds: Kinds) -> Option<Begun> {
        let is_it = |begun: &Begun| begun.id == id && begun.kinds == kinds;
        let at = self.answers.iter().position(is_it)?;
        Some(self.answers.remove(at))
    }

    /// The datagrams of an answer.
    pub(super) fn datagrams(&self, begun: &Begun) -> impl Iterator<Item = &[u8]> {
        (begun.first..begun.end).map(|at| {
            let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
            let end = self.ends.get(at).copied().unwrap_or_default();
            self.bytes.get(start.unwrap_or_default()..end).unwrap_or_default()
        })
    }
}
