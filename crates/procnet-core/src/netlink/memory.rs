//! The memory of a socket (include/uapi/linux/sock_diag.h `SK_MEMINFO_*`).

use super::Payload;
use crate::{Column, Error};

const MEMORY: Column = Column::new(&"skmeminfo");

/// What a socket has of the kernel's memory, in bytes but for the drops: net/core/sock.c
/// `sk_get_meminfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketMemory {
    /// Received and not read yet.
    pub receive: u32,
    /// The limit of that (`SO_RCVBUF`).
    pub receive_limit: u32,
    /// Sent and not gone out yet.
    pub transmit: u32,
    /// The limit of that (`SO_SNDBUF`).
    pub transmit_limit: u32,
    /// Set aside for what comes.
    pub forward: u32,
    /// Waiting to be sent or acknowledged.
    pub queued: u32,
    /// Options.
    pub options: u32,
    /// Received while the socket was in use; not told by older kernels.
    pub backlog: Option<u32>,
    /// Packets that were dropped; not told by older kernels.
    pub drops: Option<u32>,
}

impl SocketMemory {
    pub(super) fn decode(value: Payload<'_>) -> Result<SocketMemory, Error> {
        let word = |index: usize| value.u32(4 * index, MEMORY);
        Ok(SocketMemory {
            receive: word(0)?,
            receive_limit: word(1)?,
            transmit: word(2)?,
            transmit_limit: word(3)?,
            forward: word(4)?,
            queued: word(5)?,
            options: word(6)?,
            backlog: word(7).ok(),
            drops: word(8).ok(),
        })
    }
}
