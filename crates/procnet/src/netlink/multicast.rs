//! A netlink socket that is subscribed to multicast groups: the kernel sends to it unasked.
//!
//! It is connected to the kernel like the others, which refuses messages sent to its port. Messages
//! sent to a group it does not refuse, whoever has `CAP_NET_ADMIN` in the network namespace
//! (net/netlink/af_netlink.c `netlink_sendmsg` calls `netlink_broadcast`, which compares no
//! destinations): only the sender that the kernel notes with each datagram distinguishes these, as
//! nobody but the kernel has port ID 0.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::{
    io::{Errno, retry_on_intr},
    net::{RecvFlags, bind, connect, netlink::SocketAddrNetlink, recvfrom, sockopt},
};

use super::{
    Protocol,
    socket::{KERNEL, create, is_kernel},
};

/// A subscribed netlink socket, which stays in the network namespace it was created in.
#[derive(Debug)]
pub(crate) struct MulticastSocket(OwnedFd);

/// What was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// A datagram of the kernel, of this length.
    Datagram(usize),
    /// A datagram of the kernel that is longer than the buffer.
    TooLong,
    /// A datagram of another sender.
    Foreign,
    /// The receive buffer was full, and nothing was queued until all that was in it had been read
    /// (net/netlink/af_netlink.c `netlink_overrun`): at least one datagram was lost.
    Lost,
    /// Nothing is waiting.
    Nothing,
}

impl MulticastSocket {
    /// Opens a socket in the calling thread's network namespace and subscribes it to these groups:
    /// the lowest bit is group 1.
    pub(crate) fn open(protocol: Protocol, groups: u32) -> Result<MulticastSocket, Errno> {
        let socket = create(protocol)?;
        bind(&socket, &SocketAddrNetlink::new(0, groups))?;
        connect(&socket, &KERNEL)?;
        Ok(MulticastSocket(socket))
    }

    /// Sets the size of the receive buffer in bytes, and returns what the kernel made of it. With
    /// `CAP_NET_ADMIN` in the initial user namespace there is no limit, else `net.core.rmem_max`.
    pub(crate) fn set_receive_buffer(&self, bytes: usize) -> Result<usize, Errno> {
        // Beyond this, the option's type ends.
        let bytes = bytes.min(i32::MAX as usize / 2);
        if sockopt::set_socket_recv_buffer_size_force(&self.0, bytes).is_err() {
            sockopt::set_socket_recv_buffer_size(&self.0, bytes)?;
        }
        sockopt::socket_recv_buffer_size(&self.0)
    }

    /// Receives the next datagram, and never waits.
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<Received, Errno> {
        // With TRUNC, the kernel reports the whole length even if the datagram does not fit.
        let flags = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
        match retry_on_intr(|| recvfrom(&self.0, &mut *buffer, flags)) {
            Ok((held, sent, sender)) => Ok(match is_kernel(sender) {
                false => Received::Foreign,
                true if sent > held => Received::TooLong,
                true => Received::Datagram(held),
            }),
            Err(Errno::NOBUFS) => Ok(Received::Lost),
            Err(Errno::AGAIN) => Ok(Received::Nothing),
            Err(errno) => Err(errno),
        }
    }
}

impl AsFd for MulticastSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
