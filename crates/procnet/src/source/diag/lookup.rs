//! What the client is asked beside the dumps of a visit: single sockets, and all unix sockets.
//!
//! A request for a single socket names its ends (net/ipv4/inet_diag.c `inet_diag_dump_one_icsk`,
//! net/ipv4/udp_diag.c `udp_dump_one`) or its inode (net/unix/diag.c `unix_diag_get_exact`).

use std::{net::SocketAddr, num::NonZeroU32};

use procnet_core::{
    ByteOrder,
    netlink::{Envelope, Messages, Payload, States, inet, unix},
};
use rustix::io::Errno;

use super::{Client, request};
use crate::{Kind, ProcRoot, coverage::Fallback, netlink::Part, netns::NetnsHandle};

/// The two ends of a socket to look up: both IPv4 or both IPv6.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuple {
    pub(crate) protocol: inet::Protocol,
    pub(crate) kind: Kind,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    pub(crate) interface: Option<NonZeroU32>,
}

impl Client {
    /// The socket the kernel finds for two ends. Its own ends may differ: it may be a socket that
    /// would receive from the remote end.
    pub(crate) fn find(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        tuple: Tuple,
        extensions: inet::Extensions,
    ) -> Result<Option<Payload<'_>>, Fallback> {
        let Tuple { protocol, kind, local, remote, interface } = tuple;
        let lookup = inet::Lookup { protocol, local, remote, interface, cookie: None, extensions };
        let found = self.get(root, netns, kind, |space, envelope| {
            lookup.write(space, envelope).map(<[u8]>::len)
        })?;
        Ok(found.and_then(|length| self.answered(length)))
    }

    /// The unix socket with this inode, and its name.
    pub(crate) fn unix(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        inode: u32,
    ) -> Result<Option<unix::Socket<'_>>, Fallback> {
        let lookup = unix::Lookup { inode, cookie: None, show: unix::Show::NAME };
        let found = self.get(root, netns, Kind::Unix, |space, envelope| {
            lookup.write(space, envelope).map(<[u8]>::len)
        })?;
        let payload = found.and_then(|length| self.answered(length));
        let socket = payload.map(unix::Socket::decode).transpose();
        socket.map_err(|_| Fallback::of(Errno::BADMSG))
    }

    /// All unix sockets of one dump, with their names.
    pub(crate) fn all_unix(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        mut each: impl FnMut(unix::Socket<'_>),
    ) -> Result<(), Fallback> {
        self.open(root, netns, Kind::Unix)?;
        let dump = unix::Dump { states: States::ALL, show: unix::Show::NAME };
        let read = self.dump_each(
            root,
            netns,
            |envelope, space| {
                dump.write(space, envelope).map(<[u8]>::len).map_err(|_| Errno::MSGSIZE)
            },
            |payload| unix::Socket::decode(payload).ok().into_iter().for_each(&mut each),
        );
        read.map_err(|errno| self.refused(Kind::Unix, errno))
    }

    /// Calls `each` with the data of every message of one dump.
    pub(super) fn dump_each(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        write: impl FnOnce(Envelope, &mut [u8; request::MAX]) -> Result<usize, Errno>,
        mut each: impl FnMut(Payload<'_>),
    ) -> Result<(), Errno> {
        let mut dump = self.dump(root, netns, write)?;
        loop {
            let datagram = self.next(&mut dump)?;
            let mut is_end = false;
            for message in Messages::new(datagram, ByteOrder::NATIVE) {
                match dump.answer.message(message)? {
                    Part::Data(payload) => each(payload),
                    Part::End(_) => is_end = true,
                    Part::Nothing => {}
                }
            }
            if is_end {
                self.finish(&dump);
                return Ok(());
            }
        }
    }
}
