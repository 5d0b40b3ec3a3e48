//! Details of sockets that a query may request, and what sock_diag reported.
//!
//! The attributes are borrowed as the kernel sent them, and decoded on access: a visitor that reads
//! one number of `tcp_info` pays for one. If nothing is requested, nothing is borrowed.

mod owned;
mod packet;
mod set;

use std::fmt;

use procnet_core::{
    ByteOrder,
    netlink::{Attributes, Shutdown, SocketMemory, inet, packet as packet_diag, unix},
};

pub use self::{
    owned::{OwnedDetails, OwnedMd5Key, OwnedStorage, OwnedTcpInfo, OwnedUpperLayer},
    packet::{OwnedMembership, OwnedPacketDetails, PacketDetails},
    set::Details,
};
use crate::socket::Form;

/// The details of a socket that sock_diag reported, during a visit.
///
/// Each is `None` if it was not requested, or if the kernel does not report it for this socket: it
/// reports none for the remains of a connection (`TIME_WAIT`) and for request socks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SocketDetails<'a> {
    /// The requested details that its kind can have.
    asked: Details,
    /// The format of its message.
    form: Form,
    /// The attributes of its message, if details were requested.
    bytes: &'a [u8],
}

impl Default for SocketDetails<'_> {
    fn default() -> Self {
        SocketDetails::new(Details::NONE, Form::Diag, &[])
    }
}

impl<'a> SocketDetails<'a> {
    /// The details in the attributes of a message.
    pub(crate) fn new(asked: Details, form: Form, bytes: &'a [u8]) -> Self {
        SocketDetails { asked, form, bytes }
    }

    /// The requested details that sockets of its kind can have.
    #[must_use]
    pub fn asked(&self) -> Details {
        self.asked
    }

    /// The numbers of a TCP connection; newer kernels report more of them.
    #[must_use]
    pub fn tcp_info(&self) -> Option<inet::TcpInfo<'a>> {
        self.of_inet(Details::TCP_INFO, |detail| match detail {
            inet::Detail::TcpInfo(info) => Some(info),
            _ => None,
        })
    }

    /// The memory it uses, in bytes, and its limits.
    #[must_use]
    pub fn memory(&self) -> Option<SocketMemory> {
        let asked = Details::SOCKET_MEMORY;
        let inet = self.of_inet(asked, |detail| match detail {
            inet::Detail::SocketMemory(memory) => Some(memory),
            _ => None,
        });
        let unix = || {
            self.of_unix(asked, |detail| match detail {
                unix::Detail::SocketMemory(memory) => Some(memory),
                _ => None,
            })
        };
        let packet = || {
            self.of_packet(asked, |detail| match detail {
                packet_diag::Detail::SocketMemory(memory) => Some(memory),
                _ => None,
            })
        };
        inet.or_else(unix).or_else(packet)
    }

    /// The name of its congestion control algorithm. A kernel module chooses it, so it may have any
    /// bytes.
    #[must_use]
    pub fn congestion(&self) -> Option<&'a [u8]> {
        self.of_inet(Details::CONGESTION, |detail| match detail {
            inet::Detail::Congestion(name) => Some(name),
            _ => None,
        })
    }

    /// The type of service of the packets it sends over IPv4.
    #[must_use]
    pub fn type_of_service(&self) -> Option<u8> {
        self.of_inet(Details::TYPE_OF_SERVICE, |detail| match detail {
            inet::Detail::TypeOfService(value) => Some(value),
            _ => None,
        })
    }

    /// The traffic class of the packets it sends over IPv6.
    #[must_use]
    pub fn traffic_class(&self) -> Option<u8> {
        self.of_inet(Details::TYPE_OF_SERVICE, |detail| match detail {
            inet::Detail::TrafficClass(value) => Some(value),
            _ => None,
        })
    }

    /// The version 2 control group in which it was created, by its inode.
    #[must_use]
    pub fn control_group(&self) -> Option<u64> {
        self.of_inet(Details::CONTROL_GROUP, |detail| match detail {
            inet::Detail::ControlGroup(inode) => Some(inode),
            _ => None,
        })
    }

    /// Its mark, which is reported only with `CAP_NET_ADMIN`.
    #[must_use]
    pub fn mark(&self) -> Option<u32> {
        self.of_inet(Details::MARK, |detail| match detail {
            inet::Detail::Mark(mark) => Some(mark),
            _ => None,
        })
    }

    /// The directions that were shut down.
    #[must_use]
    pub fn shutdown(&self) -> Option<Shutdown> {
        let asked = Details::SHUTDOWN;
        let inet = self.of_inet(asked, |detail| match detail {
            inet::Detail::Shutdown(shutdown) => Some(shutdown),
            _ => None,
        });
        inet.or_else(|| {
            self.of_unix(asked, |detail| match detail {
                unix::Detail::Shutdown(shutdown) => Some(shutdown),
                _ => None,
            })
        })
    }

    /// Whether an IPv6 socket does not accept IPv4 (`IPV6_V6ONLY`); reported for sockets that
    /// listen or are not connected.
    #[must_use]
    pub fn v6_only(&self) -> Option<bool> {
        self.of_inet(Details::V6_ONLY, |detail| match detail {
            inet::Detail::V6Only(only) => Some(only),
            _ => None,
        })
    }

    /// What its congestion control reports of itself.
    #[must_use]
    pub fn congestion_info(&self) -> Option<inet::CongestionInfo> {
        self.of_inet(Details::CONGESTION_INFO, |detail| match detail {
            inet::Detail::CongestionInfo(info) => Some(info),
            _ => None,
        })
    }

    /// Its upper layer protocol; `None` if it has none.
    #[must_use]
    pub fn upper_layer(&self) -> Option<inet::UpperLayer<'a>> {
        self.of_inet(Details::UPPER_LAYER, |detail| match detail {
            inet::Detail::UpperLayer(layer) => Some(layer),
            _ => None,
        })
    }

    /// The keys with which it signs, which are secrets; `None` if it does not, and without
    /// `CAP_NET_ADMIN`.
    #[must_use]
    pub fn md5_keys(&self) -> Option<inet::Md5Keys<'a>> {
        self.of_inet(Details::MD5_KEYS, |detail| match detail {
            inet::Detail::Md5Keys(keys) => Some(keys),
            _ => None,
        })
    }

    /// The class ID of its control group, or if that has none, its priority.
    #[must_use]
    pub fn class_id(&self) -> Option<u32> {
        self.of_inet(Details::CLASS_ID, |detail| match detail {
            inet::Detail::ClassId(class) => Some(class),
            _ => None,
        })
    }

    /// Which socket options are set.
    #[must_use]
    pub fn socket_options(&self) -> Option<inet::SocketOptions> {
        self.of_inet(Details::SOCKET_OPTIONS, |detail| match detail {
            inet::Detail::SocketOptions(options) => Some(options),
            _ => None,
        })
    }

    /// What BPF maps keep with it. `None` if that is nothing, or the kernel does not report it: see
    /// [`Coverage::details_withheld`](crate::Coverage::details_withheld).
    #[must_use]
    pub fn storages(&self) -> Option<inet::Storages<'a>> {
        self.of_inet(Details::STORAGES, |detail| match detail {
            inet::Detail::Storages(storages) => Some(storages),
            _ => None,
        })
    }

    /// The queues of a unix socket, in bytes; for a listening socket, the number of waiting
    /// connections, and its limit.
    #[must_use]
    pub fn queue(&self) -> Option<unix::Queue> {
        self.of_unix(Details::QUEUE, |detail| match detail {
            unix::Detail::Queue(queue) => Some(queue),
            _ => None,
        })
    }

    /// The connections waiting to be accepted by a listening unix socket: the inodes of their own
    /// ends, `None` for one that is already closed.
    #[must_use]
    pub fn pending(&self) -> Option<unix::Pending<'a>> {
        self.of_unix(Details::PENDING, |detail| match detail {
            unix::Detail::Pending(pending) => Some(pending),
            _ => None,
        })
    }

    /// The file that the unix socket is or was bound to.
    #[must_use]
    pub fn file(&self) -> Option<unix::File> {
        self.of_unix(Details::FILE, |detail| match detail {
            unix::Detail::File(file) => Some(file),
            _ => None,
        })
    }

    fn of_inet<T>(
        &self,
        asked: Details,
        pick: impl Fn(inet::Detail<'a>) -> Option<T>,
    ) -> Option<T> {
        let requested = self.form == Form::InetDiag && self.asked.contains(asked);
        let bytes = if requested { self.bytes } else { &[] };
        let attributes = Attributes::of(bytes, ByteOrder::NATIVE).flatten();
        attributes.flat_map(inet::Detail::decode).find_map(pick)
    }

    fn of_unix<T>(
        &self,
        asked: Details,
        pick: impl Fn(unix::Detail<'a>) -> Option<T>,
    ) -> Option<T> {
        let requested = self.form == Form::UnixDiag && self.asked.contains(asked);
        let bytes = if requested { self.bytes } else { &[] };
        let attributes = Attributes::of(bytes, ByteOrder::NATIVE).flatten();
        attributes.flat_map(unix::Detail::decode).find_map(pick)
    }

    pub(super) fn of_packet<T>(
        &self,
        asked: Details,
        pick: impl Fn(packet_diag::Detail<'a>) -> Option<T>,
    ) -> Option<T> {
        let requested = self.form == Form::PacketDiag && self.asked.contains(asked);
        let bytes = if requested { self.bytes } else { &[] };
        let attributes = Attributes::of(bytes, ByteOrder::NATIVE).flatten();
        attributes.flat_map(packet_diag::Detail::decode).find_map(pick)
    }

    /// An owned copy; `None` if no details were requested.
    #[must_use]
    pub fn to_owned(&self) -> Option<OwnedDetails> {
        (!self.asked.is_empty()).then(|| OwnedDetails::new(self))
    }
}

impl fmt::Debug for SocketDetails<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_owned().fmt(f)
    }
}
