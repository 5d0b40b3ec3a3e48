//! From a message to a socket, handed over once.

use std::ops::ControlFlow;

use procnet_core::{
    Error as DecodeError, Inode, State,
    netlink::{Payload, inet, unix},
    table::inet::Family,
};

use super::super::seen::Seen;
use crate::{
    Detail, Details, Filter, InetDiag, Kind, Kinds, Query, Socket, UnixDiag, coverage::Coverage,
    owners::Register,
};

/// The messages of one dump.
pub(super) struct Rows {
    kinds: Kinds,
    kind: Kind,
    /// How often the same was asked, this time included.
    look: u32,
    /// How many messages there were.
    pub(super) told: usize,
    /// How many of them were not seen before.
    pub(super) added: u64,
    details: Details,
    /// A filter looks at attributes.
    for_filter: bool,
}

impl Rows {
    pub(super) fn new(kinds: Kinds, look: u32, query: &Query) -> Rows {
        let kind = kinds.iter().next().unwrap_or(Kind::Unix);
        let for_filter = query.filter.as_deref().is_some_and(Filter::needs_attributes);
        Rows { kinds, kind, look, told: 0, added: 0, details: query.details, for_filter }
    }

    /// Hands over the socket of a message, if it is its first.
    #[inline]
    pub(super) fn row(
        &mut self,
        payload: Payload<'_>,
        seen: &mut Seen,
        register: &impl Register,
        coverage: &mut Coverage,
        each: impl FnOnce(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.told += 1;
        coverage.rows += u64::from(self.look == 1);
        let known = |inode: Inode| register.is_first(inode);
        let socket = match self.kind {
            Kind::Unix => unix(payload, self.details),
            _ => self.inet(payload),
        };
        let socket = match socket {
            Ok(socket) => socket,
            Err(error) => {
                if self.look == 1 {
                    coverage.undecodable.push(self.kind, self.told, error);
                }
                return ControlFlow::Continue(());
            }
        };
        let is_first = match socket.inode {
            Some(inode) => seen.inode(inode, known),
            None => match (socket.local(), socket.remote()) {
                (Some(local), Some(remote)) => seen.inet(None, (local, remote), known),
                // It cannot be told from another.
                _ => self.look == 1,
            },
        };
        if !is_first {
            coverage.repeated += u64::from(self.look == 1);
            return ControlFlow::Continue(());
        }
        self.added += 1;
        if self.look > 1 {
            coverage.rows += 1;
            coverage.recovered += 1;
        }
        each(coverage, socket)
    }

    #[inline]
    fn inet<'a>(&self, payload: Payload<'a>) -> Result<Socket<'a>, DecodeError> {
        let socket = inet::Socket::decode(payload)?;
        let kind = match socket.family {
            Family::V6 if self.kinds == Kinds::TCP => Kind::Tcp6,
            _ => self.kind,
        };
        let detail = Detail::InetDiag(InetDiag::new(kind, &socket, self.details, self.for_filter)?);
        Ok(Socket::from_diag(kind, state(kind, &socket), socket.inode, detail))
    }
}

/// The state of a socket. A tcp socket that is told and closed is bound and inactive: what is
/// closed is in no hash of the kernel (net/ipv4/inet_diag.c `inet_diag_dump_icsk` fills such
/// in with the state that they have, `TCP_CLOSE`).
pub(super) fn state(kind: Kind, socket: &inet::Socket<'_>) -> State {
    match socket.state {
        State::CLOSE if kind.is_tcp() => State::BOUND_INACTIVE,
        state => state,
    }
}

fn unix(payload: Payload<'_>, details: Details) -> Result<Socket<'_>, DecodeError> {
    let socket = unix::Socket::decode(payload)?;
    let detail = Detail::UnixDiag(UnixDiag::new(&socket, details)?);
    Ok(Socket::from_diag(Kind::Unix, socket.state, socket.inode, detail))
}
