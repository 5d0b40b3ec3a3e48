//! Answers received ahead.
//!
//! While other threads look for owners, the kernel can already dump the sockets: the datagrams are
//! kept until the owners are known, from a few megabytes on compressed. What does not fit stays in
//! the kernel, which continues the dump as the next datagram is received.

use rustix::io::Errno;

use super::{
    compressed::{Compressed, MAX_COMPRESSED},
    datagrams::Datagrams,
};
use crate::{
    Kinds,
    netlink::{Answer, DATAGRAM, NetlinkSocket, Waited},
    netns::NetnsId,
    source::request::Ahead,
};

/// The most that is allocated at once.
const MAX_RESERVED: usize = 16 << 20;

/// What is kept as it was received: some 36,000 sockets. The search for owners of more takes long
/// enough that they are better compressed.
const UNCOMPRESSED: usize = 4 << 20;

/// The datagrams of several answers. Clearing it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Prefetched {
    kept: Kept,
    answers: Vec<PrefetchedAnswer>,
}

/// Datagrams: the first ones as they were received, the others compressed.
#[derive(Debug)]
struct Kept {
    /// How many bytes are kept as they were received.
    uncompressed: usize,
    received: Datagrams,
    compressed: Compressed,
}

impl Default for Kept {
    fn default() -> Kept {
        let (received, compressed) = (Datagrams::default(), Compressed::default());
        Kept { uncompressed: UNCOMPRESSED, received, compressed }
    }
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
        self.kept.clear();
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
        let Prefetched { kept, answers } = self;
        kept.reserve(ahead.room.min(MAX_RESERVED));
        let (first, before) = (kept.count(), kept.size());
        let (mut failure, mut is_whole, mut waited) = (None, false, Waited::default());
        while !is_whole
            && failure.is_none()
            && kept.size() + MAX_COMPRESSED <= before + ahead.room
            && (ahead.are_busy)()
        {
            match socket.and_then(|socket| kept.receive(socket, &mut waited)) {
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
        let end = kept.count();
        let next = first;
        answers.push(PrefetchedAnswer { netns, kinds, answer, next, end, rest, failure, waited });
        is_whole.then_some(kept.size() - before)
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
    pub(super) fn next(&mut self, answer: &mut PrefetchedAnswer) -> Option<&[u8]> {
        if answer.next >= answer.end {
            return None;
        }
        answer.next += 1;
        self.kept.get(answer.next - 1)
    }
}

impl Kept {
    fn clear(&mut self) {
        self.received.clear();
        self.compressed.clear();
    }

    fn reserve(&mut self, bytes: usize) {
        let uncompressed = bytes.min(self.uncompressed);
        self.received.reserve(uncompressed);
        self.compressed.reserve(bytes - uncompressed);
    }

    fn count(&self) -> usize {
        self.received.count() + self.compressed.count()
    }

    fn size(&self) -> usize {
        self.received.size() + self.compressed.size()
    }

    fn receive(&mut self, socket: &NetlinkSocket, waited: &mut Waited) -> Result<&[u8], Errno> {
        if self.compressed.count() == 0 && self.received.size() + DATAGRAM <= self.uncompressed {
            return self.received.receive(socket, waited);
        }
        self.compressed.receive(socket, waited)
    }

    fn get(&mut self, index: usize) -> Option<&[u8]> {
        match index.checked_sub(self.received.count()) {
            None => self.received.get(index),
            Some(index) => self.compressed.get(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, net::TcpListener};

    use super::*;
    use crate::source::diag::receiver::tests::{inodes_of, request};

    /// Receives all TCP sockets ahead, and reads them. Returns their inodes and how many datagrams
    /// were compressed.
    fn read(uncompressed: usize) -> (HashSet<procnet_core::Inode>, usize) {
        let mut prefetched = Prefetched::default();
        prefetched.kept.uncompressed = uncompressed;
        let ahead = Ahead { room: 64 << 20, are_busy: &|| true };
        let (socket, answer) = request();
        prefetched.receive(None, Kinds::TCP, answer, Ok(&socket), ahead).unwrap();
        let mut answer = prefetched.take(None, Kinds::TCP).unwrap();
        let (mut inodes, mut ended) = (HashSet::new(), false);
        while let Some(datagram) = prefetched.next(&mut answer) {
            assert!(!ended, "a datagram after the end");
            ended = inodes_of(datagram, &mut inodes);
        }
        assert!(ended, "the end is missing");
        (inodes, prefetched.kept.compressed.count())
    }

    #[test]
    fn sockets_are_the_same_whether_they_are_kept_compressed_or_not() {
        let sockets: Vec<_> = (0..600).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let inode = |socket| {
            let status = rustix::fs::fstat(socket).unwrap();
            procnet_core::Inode::new(status.st_ino).unwrap()
        };
        for (uncompressed, all, none) in
            [(0, true, false), (2 * DATAGRAM, false, false), (UNCOMPRESSED, false, true)]
        {
            let (inodes, compressed) = read(uncompressed);
            assert!(sockets.iter().all(|socket| inodes.contains(&inode(socket))));
            assert_eq!(compressed == 0, none, "{compressed} compressed of {uncompressed} bytes");
            assert!(!all || compressed > 3, "{compressed} compressed");
        }
    }
}
