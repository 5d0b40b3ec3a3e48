//! The memory of a socket (include/uapi/linux/sock_diag.h `SK_MEMINFO_*`).

use super::Payload;
use crate::{Column, Error};

const MEMORY: Column = Column::new(&"skmeminfo");

/// The memory of a socket, in bytes except for `drops` (net/core/sock.c `sk_get_meminfo`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketMemory {
    /// Received and not read (`sk_rmem_alloc`).
    pub receive: u32,
    /// The receive buffer limit (`SO_RCVBUF`).
    pub receive_limit: u32,
    /// Handed to the lower layers and not freed (`sk_wmem_alloc`).
    pub transmit: u32,
    /// The send buffer limit (`SO_SNDBUF`).
    pub transmit_limit: u32,
    /// Reserved for future use (`sk_forward_alloc`).
    pub forward: u32,
    /// Queued to be sent or acknowledged (`sk_wmem_queued`).
    pub queued: u32,
    /// Socket options (`sk_omem_alloc`).
    pub options: u32,
    /// Backlog: received while a process had the socket locked; older kernels do not report it.
    pub backlog: Option<u32>,
    /// The number of dropped packets; older kernels do not report it.
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
