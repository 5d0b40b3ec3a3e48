//! A netlink socket: one question, and datagrams until the answer's end.

use std::{ops::ControlFlow, os::fd::OwnedFd, time::Duration};

use procnet_core::{
    ByteOrder,
    netlink::{Content, Messages, Payload},
};
use rustix::{
    io::{Errno, retry_on_intr},
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
        socket_with, sockopt,
    },
};

/// The kernel answers while it is asked; what takes so long comes never.
const PATIENCE: Duration = Duration::from_secs(10);

/// A socket of `NETLINK_SOCK_DIAG`, which stays in the network namespace it was made in.
#[derive(Debug)]
pub(super) struct Channel(OwnedFd);

/// How a dump ended.
pub(super) enum End {
    /// The kernel said so.
    Whole,
    /// Whoever asked had enough; more is on its way.
    Stopped,
}

impl Channel {
    pub(super) fn open() -> Result<Channel, Errno> {
        let (family, protocol) = (AddressFamily::NETLINK, Some(netlink::SOCK_DIAG));
        let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol)?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE))?;
        Ok(Channel(socket))
    }

    /// Asks, and hands on what each message of the answer holds. After an error, or where it
    /// was stopped, another answer may still be on its way: the socket is of no more use.
    pub(super) fn dump(
        &self,
        request: &[u8],
        sequence: u32,
        buffer: &mut [u8],
        mut each: impl FnMut(Payload<'_>) -> ControlFlow<()>,
    ) -> Result<End, Errno> {
        retry_on_intr(|| send(&self.0, request, SendFlags::empty()))?;
        loop {
            // With TRUNC the whole length is told, also where there was no room for it.
            let (held, sent) = retry_on_intr(|| recv(&self.0, &mut *buffer, RecvFlags::TRUNC))?;
            if sent > held {
                return Err(Errno::MSGSIZE);
            }
            let datagram = buffer.get(..held).unwrap_or_default();
            for message in Messages::new(datagram, ByteOrder::NATIVE) {
                let message = message.map_err(|_| Errno::BADMSG)?;
                if message.sequence != sequence {
                    continue;
                }
                match message.content().map_err(|_| Errno::BADMSG)? {
                    Content::Data(payload) => {
                        if each(payload).is_break() {
                            return Ok(End::Stopped);
                        }
                    }
                    // Also what ends normally says why if it is not all: where nobody
                    // handles the protocol, that is all it says.
                    Content::Done(None) => return Ok(End::Whole),
                    Content::Done(Some(errno)) | Content::Error(Some(errno)) => {
                        let number = i32::try_from(errno.get()).unwrap_or(i32::MAX);
                        return Err(Errno::from_raw_os_error(number));
                    }
                    Content::Overrun => return Err(Errno::NOBUFS),
                    Content::Noop | Content::Reserved | Content::Error(None) => {}
                }
            }
        }
    }
}
