//! Single questions to socket diagnostics, over a socket of their own that is kept: one socket
//! by its ends (net/ipv4/inet_diag.c `inet_diag_dump_one_icsk`, net/ipv4/udp_diag.c
//! `udp_dump_one`).
//!
//! The kernel answers about the network namespace in which the socket was made, so it is made
//! anew when the calling thread is in another. What this kernel does not tell is remembered.

use std::{net::SocketAddr, num::NonZeroU32};

use procnet_core::{
    ByteOrder,
    netlink::{
        Content, Envelope, Flags, Messages, Payload, States,
        inet::{self, Dump, Extensions, Protocol},
    },
    table::inet::Family,
};
use rustix::io::Errno;

use super::{super::Fallback, DATAGRAM, channel::Channel, rooms};
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
    /// The protocols that this kernel is known to answer for.
    handled: Vec<Protocol>,
    /// Those that it will not answer for, and why.
    lacking: Vec<(Protocol, Fallback)>,
    sequence: u32,
    buffer: Vec<u8>,
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
        if let Some((_, fallback)) = self.lacking.iter().find(|(other, _)| *other == protocol) {
            return Err(*fallback);
        }
        if let Err(fallback) = self.enter(root) {
            // Where no socket can be had at all, it is not tried again.
            if matches!(fallback, Fallback::Refused(_)) && !fallback.is_passing() {
                self.lacking.push((protocol, fallback));
            }
            return Err(fallback);
        }
        let lookup = inet::Lookup { protocol, local, remote, interface, cookie: None, extensions };
        let found = self.ask(|space, envelope| lookup.write(space, envelope).map(<[u8]>::len));
        let held = match found {
            Ok(held) => held,
            // There is none, or nobody who would know.
            Err(Errno::NOENT) if self.is_handled(protocol)? => return Ok(None),
            Err(errno) => return Err(self.lack(protocol, errno)),
        };
        if !self.handled.contains(&protocol) {
            self.handled.push(protocol);
        }
        let is_sound = |socket: inet::Socket<'_>| socket.details().all(|detail| detail.is_ok());
        if !self.told(held).is_some_and(is_sound) {
            return Err(Fallback::of(Errno::BADMSG));
        }
        Ok(Some(held))
    }

    /// The socket in an answer that was found to be so long.
    pub(crate) fn told(&self, length: usize) -> Option<inet::Socket<'_>> {
        let datagram = self.buffer.get(..length).unwrap_or_default();
        let payload = answer(datagram, self.sequence)?.ok()??;
        inet::Socket::decode(payload).ok()
    }

    /// Whether the kernel answers for a protocol: a question for no socket at all ends in an
    /// error if it does not (net/ipv4/inet_diag.c `__inet_diag_dump`).
    fn is_handled(&mut self, protocol: Protocol) -> Result<bool, Fallback> {
        if self.handled.contains(&protocol) {
            return Ok(true);
        }
        let (states, extensions) = (States::NONE, Extensions::NONE);
        let dump = Dump { family: Family::V4, protocol, states, extensions, bytecode: &[] };
        match self.ask(|space, envelope| dump.write(space, envelope).map(<[u8]>::len)) {
            Ok(_) => self.handled.push(protocol),
            Err(errno) => return Err(self.lack(protocol, errno)),
        }
        Ok(true)
    }

    #[cold]
    fn lack(&mut self, protocol: Protocol, errno: Errno) -> Fallback {
        self.channel = None;
        let fallback = Fallback::of(errno);
        if !fallback.is_passing() {
            self.lacking.push((protocol, fallback));
        }
        fallback
    }

    /// Makes a socket in the network namespace of the root's host, if there is none yet.
    fn enter(&mut self, root: &ProcRoot) -> Result<(), Fallback> {
        if !root.is_live() {
            return Err(Fallback::OtherRoot);
        }
        let place = Place::of_host(root).map_err(|_| Fallback::OtherRoot)?;
        let is_there = place.id.is_some() && self.namespace == place.id;
        self.namespace = place.id;
        if is_there && self.channel.is_some() {
            return Ok(());
        }
        let failed = |errno| Fallback::NotEntered(Failure::new(errno));
        let made = if place.is_own {
            Channel::open().map_err(Fallback::of)
        } else {
            place::elsewhere(|| rooms::enter(root, &place)).map_err(failed).flatten()
        };
        self.channel = Some(made?);
        Ok(())
    }

    /// Sends a request, and receives until it is answered; how long the datagram is, which is
    /// left in the buffer.
    fn ask<E>(
        &mut self,
        write: impl FnOnce(&mut [u8], Envelope) -> Result<usize, E>,
    ) -> Result<usize, Errno> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let mut space = [0; LONGEST];
        let length = write(&mut space, Envelope::native(self.sequence));
        let length = length.map_err(|_| Errno::MSGSIZE)?;
        let request = space.get(..length).ok_or(Errno::MSGSIZE)?;
        self.buffer.resize(DATAGRAM, 0);
        let channel = self.channel.take().ok_or(Errno::BADF)?;
        channel.ask(request)?;
        loop {
            let held = channel.receive(&mut self.buffer)?;
            let datagram = self.buffer.get(..held).unwrap_or_default();
            if let Some(answer) = answer(datagram, self.sequence) {
                // It is of further use but after an answer that makes no sense.
                if !matches!(answer, Err(Errno::BADMSG)) {
                    self.channel = Some(channel);
                }
                return answer.map(|_| held);
            }
        }
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
