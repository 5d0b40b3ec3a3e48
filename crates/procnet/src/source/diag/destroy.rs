//! Requests to close sockets, and whether sockets are still there.

use std::net::SocketAddr;

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use procnet_core::netlink::{States, inet};
use rustix::io::Errno;

use super::{Client, request};
use crate::{Kind, ProcRoot, coverage::Fallback, netns::NetnsHandle};

/// How many remote ports are tried to reach a socket that shares its address with others.
const PORTS: u16 = 4096;

impl Client {
    /// Closes one socket in a network namespace, and waits for the acknowledgement.
    ///
    /// The inner error is the kernel's answer. `ENOENT`: no socket is found by these ends, or it has
    /// another cookie.
    pub(crate) fn destroy(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        kind: Kind,
        destroy: inet::Destroy,
    ) -> Result<Result<(), Errno>, Fallback> {
        self.open(root, netns, kind)?;
        let answer = self.request_one(root, netns, |envelope, space| {
            destroy.write(space, envelope).map(<[u8]>::len).map_err(|_| Errno::MSGSIZE)
        });
        Ok(match answer {
            Ok(None) => Ok(()),
            // A socket was reported, which was not asked for.
            Ok(Some(_)) => Err(Errno::BADMSG),
            Err(errno) => Err(errno),
        })
    }

    /// Closes a socket that shares its local end with others (`SO_REUSEPORT`), and has no remote end.
    ///
    /// By its ends alone the kernel finds one of them, always the same. It chooses by a hash that the
    /// remote end is part of (net/core/sock_reuseport.c `reuseport_select_sock`), so other remote ports
    /// lead to the others; and the cookie still decides which one is closed.
    pub(crate) fn destroy_among(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        kind: Kind,
        destroy: inet::Destroy,
    ) -> Result<Result<(), Errno>, Fallback> {
        for port in 1..=PORTS {
            let remote = SocketAddr::new(destroy.remote.ip(), port);
            match self.destroy(root, netns, kind, inet::Destroy { remote, ..destroy })? {
                Err(Errno::NOENT) => {}
                answer => return Ok(answer),
            }
        }
        Ok(Err(Errno::NOENT))
    }

    /// Which of these cookies the sockets of a kind have, in any state.
    pub(crate) fn present(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        kind: Kind,
        cookies: &HashSet<u64, RandomState>,
    ) -> Result<HashSet<u64, RandomState>, Errno> {
        let (family, protocol) = request::inet(kind).ok_or(Errno::PROTONOSUPPORT)?;
        let (states, extensions) = (States::ALL, inet::Extensions::NONE);
        let dump = inet::Dump { family, protocol, states, extensions, bytecode: &[] };
        let mut found = HashSet::default();
        self.dump_each(
            root,
            netns,
            |envelope, space| {
                dump.write(space, envelope).map(<[u8]>::len).map_err(|_| Errno::MSGSIZE)
            },
            |payload| {
                let cookie = inet::Socket::decode(payload).map(|socket| socket.cookie);
                found.extend(cookie.ok().filter(|cookie| cookies.contains(cookie)));
            },
        )?;
        Ok(found)
    }
}
