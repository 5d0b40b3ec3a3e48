//! The sock_diag client: dumps, and requests for single sockets, through one pool of sockets.
//!
//! Unsupported requests are remembered, as each attempt may make the kernel search for a module.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use procnet_core::{
    ByteOrder,
    netlink::{Envelope, Messages, Payload, TooSmall},
};
use rustix::io::Errno;

use super::{
    prefetched::{Prefetched, PrefetchedAnswer},
    receiver::Receiver,
    recording::Recording,
    request,
};
use crate::{
    Kind, Kinds, ProcRoot,
    coverage::Fallback,
    netlink::{Answer, DATAGRAM, NetlinkSocket, Part, Sequence, SocketPool, Waited},
    netns::{NetnsHandle, NetnsId},
    source::request::Ahead,
};

/// A dump of at least this many datagrams, about 2,500 sockets, is worth waking a thread for.
const WORTH_A_THREAD: u32 = 8;

/// A client shared by several users: the sources that need it, and lookups.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedClient(Arc<Mutex<Client>>);

impl SharedClient {
    /// The client, for one user at a time.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Client> {
        // The state that a panicked user left behind is still valid.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends requests to the kernel over netlink.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pool: SocketPool,
    /// Kinds that no later attempt will provide.
    unsupported: Vec<(Kind, Fallback)>,
    /// Kinds the kernel has provided.
    supported: Kinds,
    sequence: Sequence,
    buffer: Vec<u8>,
    prefetched: Prefetched,
    receiver: Receiver,
    /// Whether every long dump is received in another thread, not only what is left after a walk.
    pub(crate) receives_in_thread: bool,
    /// Datagrams of other senders than the kernel.
    foreign: u64,
    /// Where dumps are recorded.
    pub(crate) recording: Option<Recording>,
}

/// A requested dump.
#[derive(Debug)]
pub(super) struct Dump {
    netns: Option<NetnsId>,
    pub(super) answer: Answer,
    /// Datagrams that were received ahead.
    prefetched: Option<PrefetchedAnswer>,
    /// The socket that receives the rest of them, if there is any.
    rest: Option<NetlinkSocket>,
    /// Whether it occupies no socket of the pool, as it was received to its end ahead. Another dump may be
    /// waiting in that socket.
    is_released: bool,
    /// The number of datagrams received in this thread.
    received: u32,
    /// Whether the rest of them is received in another thread.
    in_thread: bool,
    waited: Waited,
    /// Whether its datagrams are recorded, if any are.
    pub(super) is_recorded: bool,
}

impl Dump {
    fn new(netns: Option<NetnsId>, answer: Answer) -> Dump {
        let (prefetched, rest, waited) = (None, None, Waited::default());
        let (received, is_released, in_thread) = (0, false, false);
        let is_recorded = false;
        Dump {
            netns,
            answer,
            prefetched,
            rest,
            is_released,
            received,
            in_thread,
            waited,
            is_recorded,
        }
    }
}

impl Client {
    /// Begins a visit: opens sockets in these network namespaces, and closes those in all others.
    pub(super) fn begin(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]) {
        self.receiver.stop();
        self.prefetched.clear();
        self.pool.begin();
        self.add(root, namespaces);
        self.pool.close_unwanted();
    }

    /// Opens sockets in further network namespaces.
    pub(super) fn add(&mut self, root: &ProcRoot, namespaces: &[NetnsHandle]) {
        if !namespaces.is_empty() {
            self.pool.add(root, namespaces);
        }
    }

    /// Why there is no socket in a network namespace; `None` if there is one.
    pub(super) fn refusal(&self, netns: &NetnsHandle) -> Option<Fallback> {
        self.pool.refusal(netns)
    }

    /// Why sockets of a kind are not provided, if that is known.
    pub(super) fn unsupported(&self, kind: Kind) -> Option<Fallback> {
        if !request::is_supported(kind) {
            return Some(Fallback::Unsupported);
        }
        let unsupported = self.unsupported.iter().find(|(other, _)| *other == kind);
        unsupported.map(|(_, fallback)| *fallback)
    }

    /// The meaning of an error before any socket was reported; it is remembered unless it may be
    /// transient.
    #[cold]
    pub(super) fn refused(&mut self, kind: Kind, errno: Errno) -> Fallback {
        let fallback = Fallback::of(errno);
        if !fallback.is_transient() && self.unsupported(kind).is_none() {
            self.unsupported.push((kind, fallback));
        }
        fallback
    }

    /// Requests a dump. It has to be received to its end before the next one is requested in the
    /// same namespace.
    pub(super) fn dump(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        write: impl FnOnce(Envelope, &mut [u8; request::MAX]) -> Result<usize, Errno>,
    ) -> Result<Dump, Errno> {
        let sequence = self.sequence.next();
        let mut space = [0; request::MAX];
        let length = write(Envelope::native(sequence), &mut space)?;
        self.pool.send(root, netns, space.get(..length).ok_or(Errno::MSGSIZE)?)?;
        Ok(Dump::new(netns.id, Answer::to(sequence)))
    }

    /// A dump that was requested, and partly received, ahead. The rest is received in another
    /// thread, at the same time as what is there is read.
    pub(super) fn take_prefetched(&mut self, netns: &NetnsHandle, kinds: Kinds) -> Option<Dump> {
        let Client { prefetched, receiver, foreign, .. } = self;
        let mut prefetched = prefetched.take(netns.id, kinds)?;
        let mut dump = Dump::new(netns.id, Answer::to(prefetched.answer.sequence()));
        dump.waited = prefetched.waited;
        *foreign += dump.waited.take_foreign();
        dump.rest = prefetched.rest.take();
        dump.is_released = dump.rest.is_none();
        if let Some(socket) = &dump.rest {
            dump.in_thread = receiver.start(socket, prefetched.answer, dump.waited).is_ok();
        }
        dump.prefetched = Some(prefetched);
        Some(dump)
    }

    /// Receives a dump ahead. Returns its size; `None` if it was not received to its end.
    pub(super) fn prefetch(
        &mut self,
        dump: &Dump,
        kinds: Kinds,
        ahead: Ahead<'_>,
    ) -> Option<usize> {
        let Client { pool, prefetched, .. } = self;
        let socket = pool.in_use(dump.netns);
        let bytes = prefetched.receive(dump.netns, kinds, dump.answer, socket, ahead)?;
        pool.release(dump.netns);
        Some(bytes)
    }

    /// The next datagram of a dump.
    pub(super) fn next(&mut self, dump: &mut Dump) -> Result<&[u8], Errno> {
        let recording = self.recording.clone().filter(|_| dump.is_recorded);
        let datagram = self.receive(dump)?;
        if let Some(recording) = recording {
            recording.write(datagram);
        }
        Ok(datagram)
    }

    fn receive(&mut self, dump: &mut Dump) -> Result<&[u8], Errno> {
        let Client { pool, prefetched, receiver, receives_in_thread, buffer, foreign, .. } = self;
        if let Some(answer) = &mut dump.prefetched {
            if let Some(datagram) = prefetched.next(answer) {
                return Ok(datagram);
            }
            answer.failure.map_or(Ok(()), Err)?;
            dump.prefetched = None;
        } else if *receives_in_thread && !dump.in_thread && dump.received == WORTH_A_THREAD {
            let socket = pool.in_use(dump.netns)?;
            dump.in_thread = receiver.start(socket, dump.answer, dump.waited).is_ok();
        }
        if dump.in_thread {
            return receiver.next();
        }
        dump.received += 1;
        buffer.resize(DATAGRAM, 0);
        let socket = match &dump.rest {
            Some(socket) => socket,
            None => pool.in_use(dump.netns)?,
        };
        let received = socket.receive(buffer, &mut dump.waited);
        *foreign += dump.waited.take_foreign();
        Ok(buffer.get(..received?).unwrap_or_default())
    }

    /// The number of datagrams from other senders than the kernel since the last call.
    pub(crate) fn take_foreign(&mut self) -> u64 {
        std::mem::take(&mut self.foreign) + self.receiver.take_foreign()
    }

    /// The number of buckets of a namespace's TCP hash, if the kernel reports it.
    pub(super) fn tcp_buckets(&self, netns: &NetnsHandle) -> Option<u64> {
        self.pool.tcp_buckets(netns.id)
    }

    /// Records that a dump was received to its end.
    pub(super) fn finish(&mut self, dump: &Dump) {
        if !dump.is_released {
            self.pool.release(dump.netns);
        }
    }

    /// Opens a socket in a network namespace, unless sockets of the kind are known not to be
    /// provided.
    pub(super) fn open(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        kind: Kind,
    ) -> Result<(), Fallback> {
        if let Some(fallback) = self.unsupported(kind) {
            return Err(fallback);
        }
        if !root.is_live() {
            return Err(Fallback::OtherRoot);
        }
        self.pool.add_one(root, netns);
        self.pool.refusal(netns).map_or(Ok(()), Err)
    }

    /// Requests one socket, and leaves the answer in the buffer. Returns its length, for
    /// [`answered`](Client::answered), or `None` if there is no such socket.
    pub(super) fn get(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        kind: Kind,
        write: impl FnOnce(&mut [u8], Envelope) -> Result<usize, TooSmall>,
    ) -> Result<Option<usize>, Fallback> {
        self.open(root, netns, kind)?;
        let length = self.request_one(root, netns, |envelope, space| {
            write(space, envelope).map_err(|_| Errno::MSGSIZE)
        });
        match length {
            Ok(length) => {
                self.supported = self.supported | kind.into();
                Ok(length)
            }
            // There is no such socket, or no handler for its kind.
            Err(Errno::NOENT) => self.probe(root, netns, kind).map(|()| None),
            Err(errno) => Err(self.refused(kind, errno)),
        }
    }

    /// Determines, once, whether the kernel provides sockets of a kind at all: a dump that selects
    /// none ends in an error if it does not (net/ipv4/inet_diag.c `__inet_diag_dump`).
    pub(super) fn probe(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        kind: Kind,
    ) -> Result<(), Fallback> {
        if let Some(fallback) = self.unsupported(kind) {
            return Err(fallback);
        }
        if self.supported.contains(kind) {
            return Ok(());
        }
        let answer = self.request_one(root, netns, |envelope, space| {
            request::write_probe(kind, envelope, space)
        });
        answer.map_err(|errno| self.refused(kind, errno))?;
        self.supported = self.supported | kind.into();
        Ok(())
    }

    /// Requests at most one socket. Returns the length of the datagram that reports it, `None` if
    /// none does, or the request is only acknowledged.
    pub(super) fn request_one(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        write: impl FnOnce(Envelope, &mut [u8; request::MAX]) -> Result<usize, Errno>,
    ) -> Result<Option<usize>, Errno> {
        let mut dump = self.dump(root, netns, write)?;
        loop {
            let datagram = self.next(&mut dump)?;
            let length = datagram.len();
            let mut answer = dump.answer;
            let mut messages = Messages::new(datagram, ByteOrder::NATIVE);
            let ended = messages.find_map(|message| match answer.message(message) {
                Ok(Part::Nothing) => None,
                Ok(Part::Data(_)) => Some(Ok(Some(length))),
                Ok(Part::End(_)) => Some(Ok(None)),
                Err(errno) => Some(Err(errno)),
            });
            match ended {
                None => {}
                // The rest of a malformed answer may still be in the socket's queue.
                Some(Err(Errno::BADMSG)) => return Err(Errno::BADMSG),
                Some(ended) => {
                    self.finish(&dump);
                    return ended;
                }
            }
        }
    }

    /// The data in an answer of this length.
    pub(super) fn answered(&self, length: usize) -> Option<Payload<'_>> {
        let datagram = self.buffer.get(..length).unwrap_or_default();
        let mut answer = Answer::to(self.sequence.last());
        Messages::new(datagram, ByteOrder::NATIVE).find_map(|message| {
            match answer.message(message) {
                Ok(Part::Data(payload)) => Some(payload),
                _ => None,
            }
        })
    }
}
