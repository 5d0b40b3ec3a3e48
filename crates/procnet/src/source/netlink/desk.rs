//! Single questions to socket diagnostics, over a socket of their own that is kept: one socket
//! by its ends (net/ipv4/inet_diag.c `inet_diag_dump_one_icsk`, net/ipv4/udp_diag.c
//! `udp_dump_one`), or by its inode (net/unix/diag.c `unix_diag_get_exact`).
//!
//! The kernel answers about the network namespace in which the socket was made, so it is made
//! anew when the calling thread is in another. What this kernel does not tell is remembered.

use std::{net::SocketAddr, num::NonZeroU32, ops::ControlFlow};

use procnet_core::{
    ByteOrder,
    netlink::{
        Content, Envelope, Flags, Messages, Payload, States,
        inet::{self, Dump, Extensions, Protocol},
        unix,
    },
    table::inet::Family,
};
use rustix::io::Errno;

use super::{
    super::Fallback,
    DATAGRAM,
    channel::{Answer, Channel, Sequence},
    rooms,
};
use crate::{
    ProcRoot,
    coverage::Failure,
    place::{self, Id, Place},
};

/// More than the longest request.
const LONGEST: usize = 80;

/// Asks the kernel, one question at a time.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// `None` until it is needed, and after an answer that was not understood.
    channel: Option<Channel>,
    /// Where that is.
    namespace: Option<Id>,
    /// What this kernel is known to answer for.
    handled: Vec<Topic>,
    /// What it will not answer for, and why.
    lacking: Vec<(Topic, Fallback)>,
    sequence: Sequence,
    buffer: Vec<u8>,
}

/// What a handler of the kernel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Inet(Protocol),
    Unix,
}

/// One socket, by its ends: both of IPv4, or both of IPv6.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) protocol: Protocol,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) interface: Option<NonZeroU32>,
}

impl Desk {
    /// Whether the kernel finds a socket for these ends, which need not have them: it may be
    /// one that would take what comes from there. How long its answer is, for
    /// [`told`](Desk::told).
    pub(crate) fn find(
        &mut self,
        root: &ProcRoot,
        ends: Ends,
        extensions: Extensions,
    ) -> Result<Option<usize>, Fallback> {
        let Ends { protocol, local, remote, interface } = ends;
        let place = Place::of_host(root).map_err(|_| Fallback::OtherRoot)?;
        let lookup = inet::Lookup { protocol, local, remote, interface, cookie: None, extensions };
        let found = self.exact((root, &place), Topic::Inet(protocol), |space, envelope| {
            lookup.write(space, envelope).map(<[u8]>::len)
        })?;
        let Some(held) = found else { return Ok(None) };
        let is_sound = |socket: inet::Socket<'_>| socket.details().all(|detail| detail.is_ok());
        if !self.told(held).is_some_and(is_sound) {
            return Err(Fallback::of(Errno::BADMSG));
        }
        Ok(Some(held))
    }

    /// The socket in an answer that was found to be so long.
    pub(crate) fn told(&self, length: usize) -> Option<inet::Socket<'_>> {
        let datagram = self.buffer.get(..length).unwrap_or_default();
        let payload = answer(datagram, self.sequence.last())?.ok()??;
        inet::Socket::decode(payload).ok()
    }

    /// The unix socket with an inode, and its name.
    pub(crate) fn unix(
        &mut self,
        root: &ProcRoot,
        place: &Place,
        inode: u32,
    ) -> Result<Option<unix::Socket<'_>>, Fallback> {
        let lookup = unix::Lookup { inode, cookie: None, show: unix::Show::NAME };
        let found = self.exact((root, place), Topic::Unix, |space, envelope| {
            lookup.write(space, envelope).map(<[u8]>::len)
        })?;
        let Some(held) = found else { return Ok(None) };
        let datagram = self.buffer.get(..held).unwrap_or_default();
        let payload = answer(datagram, self.sequence.last()).and_then(Result::ok).flatten();
        let socket = payload.map(unix::Socket::decode).transpose();
        socket.map_err(|_| Fallback::of(Errno::BADMSG))
    }

    /// All unix sockets that one dump tells, and their names.
    pub(crate) fn all_unix(
        &mut self,
        root: &ProcRoot,
        place: &Place,
        mut each: impl FnMut(unix::Socket<'_>),
    ) -> Result<(), Fallback> {
        self.enter((root, place), Topic::Unix)?;
        let dump = unix::Dump { states: States::ALL, show: unix::Show::NAME };
        let told = (|| {
            let channel =
                self.send(|space, envelope| dump.write(space, envelope).map(<[u8]>::len))?;
            let mut answer = Answer::to(self.sequence.last());
            loop {
                let held = channel.receive(&mut self.buffer)?;
                let datagram = self.buffer.get(..held).unwrap_or_default();
                let end = answer.datagram(datagram, |payload| {
                    if let Ok(socket) = unix::Socket::decode(payload) {
                        each(socket);
                    }
                    ControlFlow::Continue(())
                })?;
                if end.is_some() {
                    self.channel = Some(channel);
                    return Ok(());
                }
            }
        })();
        told.map_err(|errno| self.lack(Topic::Unix, errno))
    }

    /// Asks for one socket. How long the answer is; `None` if there is none.
    fn exact<E>(
        &mut self,
        place: (&ProcRoot, &Place),
        topic: Topic,
        write: impl FnOnce(&mut [u8], Envelope) -> Result<usize, E>,
    ) -> Result<Option<usize>, Fallback> {
        self.enter(place, topic)?;
        match self.ask(write) {
            Ok(held) => {
                if !self.handled.contains(&topic) {
                    self.handled.push(topic);
                }
                Ok(Some(held))
            }
            // There is none, or nobody who would know.
            Err(Errno::NOENT) => self.must_handle(topic).map(|()| None),
            Err(errno) => Err(self.lack(topic, errno)),
        }
    }

    /// Finds out, once, whether the kernel answers at all: a question for no socket ends in an
    /// error if it does not (net/ipv4/inet_diag.c `__inet_diag_dump`).
    fn must_handle(&mut self, topic: Topic) -> Result<(), Fallback> {
        if self.handled.contains(&topic) {
            return Ok(());
        }
        let states = States::NONE;
        let asked = self.ask(|space, envelope| match topic {
            Topic::Inet(protocol) => {
                let (family, extensions) = (Family::V4, Extensions::NONE);
                let dump = Dump { family, protocol, states, extensions, bytecode: &[] };
                dump.write(space, envelope).map(<[u8]>::len)
            }
            Topic::Unix => {
                let dump = unix::Dump { states, show: unix::Show::NONE };
                dump.write(space, envelope).map(<[u8]>::len)
            }
        });
        asked.map_err(|errno| self.lack(topic, errno))?;
        self.handled.push(topic);
        Ok(())
    }

    #[cold]
    fn lack(&mut self, topic: Topic, errno: Errno) -> Fallback {
        self.channel = None;
        self.remember(topic, Fallback::of(errno))
    }

    /// Remembers why there is no answer, unless there may be one another time.
    #[cold]
    fn remember(&mut self, topic: Topic, fallback: Fallback) -> Fallback {
        let is_of_kernel = matches!(fallback, Fallback::Refused(_) | Fallback::NoHandler);
        if is_of_kernel && !fallback.is_passing() {
            self.lacking.push((topic, fallback));
        }
        fallback
    }

    /// Makes a socket in a network namespace, if there is none yet.
    fn enter(&mut self, (root, place): (&ProcRoot, &Place), topic: Topic) -> Result<(), Fallback> {
        if let Some((_, fallback)) = self.lacking.iter().find(|(other, _)| *other == topic) {
            return Err(*fallback);
        }
        if !root.is_live() {
            return Err(Fallback::OtherRoot);
        }
        let is_there = place.id.is_some() && self.namespace == place.id;
        self.namespace = place.id;
        if is_there && self.channel.is_some() {
            return Ok(());
        }
        let failed = |errno| Fallback::NotEntered(Failure::new(errno));
        let made = if place.is_own {
            Channel::open().map_err(Fallback::of)
        } else {
            place::elsewhere(|| rooms::enter(root, place)).map_err(failed).flatten()
        };
        self.channel = Some(made.map_err(|fallback| self.remember(topic, fallback))?);
        Ok(())
    }

    /// Asks, and receives until that is answered; how long the datagram is, which is left in
    /// the buffer.
    fn ask<E>(
        &mut self,
        write: impl FnOnce(&mut [u8], Envelope) -> Result<usize, E>,
    ) -> Result<usize, Errno> {
        let channel = self.send(write)?;
        loop {
            let held = channel.receive(&mut self.buffer)?;
            let datagram = self.buffer.get(..held).unwrap_or_default();
            if let Some(answer) = answer(datagram, self.sequence.last()) {
                // It is of further use but after an answer that makes no sense.
                if !matches!(answer, Err(Errno::BADMSG)) {
                    self.channel = Some(channel);
                }
                return answer.map(|_| held);
            }
        }
    }

    /// Sends a request, over a socket that is to be put back once the answer was received.
    fn send<E>(
        &mut self,
        write: impl FnOnce(&mut [u8], Envelope) -> Result<usize, E>,
    ) -> Result<Channel, Errno> {
        let mut space = [0; LONGEST];
        let length = write(&mut space, Envelope::native(self.sequence.next()));
        let length = length.map_err(|_| Errno::MSGSIZE)?;
        let request = space.get(..length).ok_or(Errno::MSGSIZE)?;
        self.buffer.resize(DATAGRAM, 0);
        let channel = self.channel.take().ok_or(Errno::BADF)?;
        channel.ask(request)?;
        Ok(channel)
    }
}

/// What a datagram answers to a request: one socket, an end without any, or an error; `None`
/// if it is of another request.
fn answer(datagram: &[u8], sequence: u32) -> Option<Result<Option<Payload<'_>>, Errno>> {
    for message in Messages::new(datagram, ByteOrder::NATIVE) {
        let Ok(message) = message else { return Some(Err(Errno::BADMSG)) };
        if message.sequence != sequence {
            continue;
        }
        return Some(match message.content() {
            // One of several would be of a dump; the only one that is made here tells none.
            Ok(Content::Data(_)) if message.flags.contains(Flags::MULTI) => Err(Errno::BADMSG),
            Ok(Content::Data(payload)) => Ok(Some(payload)),
            Ok(Content::Done(None)) => Ok(None),
            Ok(Content::Done(Some(errno)) | Content::Error(Some(errno))) => {
                let number = i32::try_from(errno.get()).unwrap_or(i32::MAX);
                Err(Errno::from_raw_os_error(number))
            }
            Ok(Content::Overrun) => Err(Errno::NOBUFS),
            Ok(Content::Noop | Content::Reserved | Content::Error(None)) => continue,
            Err(_) => Err(Errno::BADMSG),
        });
    }
    None
}
