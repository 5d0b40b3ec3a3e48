//! From a message to a socket, handed over once.

use std::ops::ControlFlow;

use procnet_core::{
    Error as DecodeError, Inode,
    netlink::{Payload, inet, unix},
    table::inet::Family,
};

use super::super::seen::Seen;
use crate::{
    Detail, InetDiag, Kind, Kinds, Socket, UnixDiag, coverage::Coverage, owners::Register,
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
}

impl Rows {
    pub(super) fn new(kinds: Kinds, look: u32) -> Rows {
        let kind = kinds.iter().next().unwrap_or(Kind::Unix);
        Rows { kinds, kind, look, told: 0, added: 0 }
    }

    /// Hands over the socket of a message, if it is its first.
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
        let socket = if self.kind == Kind::Unix { unix(payload) } else { self.inet(payload) };
        let socket = match socket {
            Ok(socket) => socket,
            Err(error) => {
                if self.look == 1 {
                    coverage.undecodable.push(self.kind, self.told, error);
                }
                return ControlFlow::Continue(());
            }
        };
        let is_first = match (socket.inode, socket.local(), socket.remote()) {
            (inode, Some(local), Some(remote)) => seen.inet(inode, (local, remote), known),
            (Some(inode), _, _) => seen.inode(inode, known),
            // It cannot be told from another.
            (None, _, _) => self.look == 1,
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

    fn inet<'a>(&self, payload: Payload<'a>) -> Result<Socket<'a>, DecodeError> {
        let socket = inet::Socket::decode(payload)?;
        let kind = match socket.family {
            Family::V6 if self.kinds == Kinds::TCP => Kind::Tcp6,
            _ => self.kind,
        };
        let detail = Detail::InetDiag(InetDiag::new(kind, &socket)?);
        Ok(Socket::from_diag(kind, socket.state, socket.inode, detail))
    }
}

fn unix(payload: Payload<'_>) -> Result<Socket<'_>, DecodeError> {
    let socket = unix::Socket::decode(payload)?;
    let detail = Detail::UnixDiag(UnixDiag::new(&socket)?);
    Ok(Socket::from_diag(Kind::Unix, socket.state, socket.inode, detail))
}
