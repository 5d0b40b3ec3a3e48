//! Attributes of an inet socket (include/uapi/linux/inet_diag.h `INET_DIAG_*`).

use super::{
    Bbr, CongestionInfo, Dctcp, Md5Keys, SocketOptions, Storages, TcpInfo, UpperLayer, Vegas,
};
use crate::{
    Column, Error,
    netlink::{Attribute, Payload, Shutdown, SocketMemory},
};

/// An attribute of a [`Socket`](super::Socket).
///
/// Those marked "if requested" depend on [`Extensions`](super::Extensions); the kernel always
/// reports the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// `INET_DIAG_MEMINFO`, if requested.
    Memory(Memory),
    /// `INET_DIAG_INFO`, if requested; tcp only.
    TcpInfo(TcpInfo<'a>),
    /// `INET_DIAG_VEGASINFO`, `INET_DIAG_DCTCPINFO` or `INET_DIAG_BBRINFO`, if requested.
    CongestionInfo(CongestionInfo),
    /// `INET_DIAG_CONG`, if requested: the name of the congestion control, without its NUL.
    Congestion(&'a [u8]),
    /// `INET_DIAG_TOS`, if requested.
    TypeOfService(u8),
    /// `INET_DIAG_TCLASS`, if requested; IPv6 only.
    TrafficClass(u8),
    /// `INET_DIAG_SKMEMINFO`, if requested.
    SocketMemory(SocketMemory),
    /// `INET_DIAG_SHUTDOWN`.
    Shutdown(Shutdown),
    /// `INET_DIAG_PROTOCOL`: the protocol of a raw socket, and in a destroy notification that of the
    /// socket.
    Protocol(u8),
    /// `INET_DIAG_SKV6ONLY`: whether an IPv6 socket that is listening or unconnected is restricted
    /// to IPv6.
    V6Only(bool),
    /// `INET_DIAG_MARK`: reported with `CAP_NET_ADMIN` only.
    Mark(u32),
    /// `INET_DIAG_CLASS_ID`, if the traffic class is requested: the class id of its control group,
    /// or its priority.
    ClassId(u32),
    /// `INET_DIAG_MD5SIG`, if `tcp_info` is requested: reported with `CAP_NET_ADMIN` only.
    Md5Keys(Md5Keys<'a>),
    /// `INET_DIAG_ULP_INFO`, if `tcp_info` is requested.
    UpperLayer(UpperLayer<'a>),
    /// `INET_DIAG_SK_BPF_STORAGES`, if requested with an attribute of its own.
    Storages(Storages<'a>),
    /// `INET_DIAG_SOCKOPT`; since Linux 5.10.
    SocketOptions(SocketOptions),
    /// `INET_DIAG_CGROUP_ID`: the inode of its cgroup v2 directory; Linux 4.19 does not report it.
    ControlGroup(u64),
    /// Any other.
    Other(Attribute<'a>),
}

impl<'a> Detail<'a> {
    /// Decodes an attribute of an inet socket.
    ///
    /// # Errors
    ///
    /// If it is too short. It may be longer than expected, as structures of the kernel grow.
    #[inline]
    pub fn decode(attribute: Attribute<'a>) -> Result<Detail<'a>, Error> {
        let value = attribute.value;
        let u8 = |name: &'static &'static str| value.u8(0, Column::new(name));
        let u32 = |name: &'static &'static str| value.u32(0, Column::new(name));
        Ok(match attribute.kind() {
            1 => Detail::Memory(Memory::decode(value)?),
            2 => Detail::TcpInfo(TcpInfo::new(value)),
            3 => Detail::CongestionInfo(CongestionInfo::Vegas(Vegas::decode(value)?)),
            4 => Detail::Congestion(until_nul(value.as_bytes())),
            5 => Detail::TypeOfService(u8(&"tos")?),
            6 => Detail::TrafficClass(u8(&"tclass")?),
            7 => Detail::SocketMemory(SocketMemory::decode(value)?),
            8 => Detail::Shutdown(Shutdown(u8(&"shutdown")?)),
            9 => Detail::CongestionInfo(CongestionInfo::Dctcp(Dctcp::decode(value)?)),
            10 => Detail::Protocol(u8(&"protocol")?),
            11 => Detail::V6Only(u8(&"v6only")? != 0),
            15 => Detail::Mark(u32(&"mark")?),
            16 => Detail::CongestionInfo(CongestionInfo::Bbr(Bbr::decode(value)?)),
            17 => Detail::ClassId(u32(&"class_id")?),
            18 => Detail::Md5Keys(Md5Keys::decode(value)?),
            19 => Detail::UpperLayer(UpperLayer::decode(attribute.nested())?),
            20 => Detail::Storages(Storages::decode(attribute.nested())?),
            21 => Detail::ControlGroup(value.u64(0, Column::new(&"cgroup_id"))?),
            22 => Detail::SocketOptions(SocketOptions::decode(value)?),
            _ => Detail::Other(attribute),
        })
    }
}

/// The name up to its terminating NUL (`nla_put_string`).
pub(super) fn until_nul(name: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, name).unwrap_or(name.len());
    name.get(..end).unwrap_or_default()
}

/// `struct inet_diag_meminfo`, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Received and not read (`sk_rmem_alloc`).
    pub receive: u32,
    /// Queued to be sent or acknowledged (`sk_wmem_queued`).
    pub queued: u32,
    /// Reserved for future use (`sk_forward_alloc`).
    pub forward: u32,
    /// Handed to the lower layers and not freed (`sk_wmem_alloc`).
    pub transmit: u32,
}

impl Memory {
    fn decode(value: Payload<'_>) -> Result<Memory, Error> {
        let word = |index: usize| value.u32(4 * index, Column::new(&"meminfo"));
        Ok(Memory { receive: word(0)?, queued: word(1)?, forward: word(2)?, transmit: word(3)? })
    }
}
