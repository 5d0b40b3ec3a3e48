//! Socket types, which several tables print.

use core::fmt;

/// The type of a socket, by the kernel's number (include/linux/net.h `enum sock_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SocketType(
    /// The kernel's number.
    pub u16,
);

impl SocketType {
    /// A byte stream.
    pub const STREAM: SocketType = SocketType(1);
    /// Datagrams; for packet sockets, packets without the link-level header.
    pub const DGRAM: SocketType = SocketType(2);
    /// Packets with all headers.
    pub const RAW: SocketType = SocketType(3);
    /// Sequenced packets.
    pub const SEQPACKET: SocketType = SocketType(5);
    /// The obsolete packet socket type of Linux before 2.2, which is still accepted.
    pub const PACKET: SocketType = SocketType(10);
}

impl fmt::Display for SocketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            SocketType::STREAM => "stream",
            SocketType::DGRAM => "dgram",
            SocketType::RAW => "raw",
            SocketType::SEQPACKET => "seqpacket",
            SocketType::PACKET => "packet",
            SocketType(other) => return write!(f, "{other}"),
        })
    }
}
