//! Netlink sockets: one for each network namespace that is queried, connected to the kernel, and
//! how answers are read from them; and those that are subscribed to notifications. All netlink of
//! this crate goes through here.

mod answer;
mod multicast;
mod pool;
mod socket;

pub(crate) use self::{
    answer::{Answer, End, Part},
    multicast::{MulticastSocket, Received},
    pool::SocketPool,
    socket::{NetlinkSocket, Protocol, Sequence, Waited},
};

/// No datagram from the kernel is longer (net/netlink/af_netlink.c `netlink_dump`: at most 32 KiB,
/// and at most the largest buffer this socket has received into).
pub(crate) const DATAGRAM: usize = 32 << 10;
