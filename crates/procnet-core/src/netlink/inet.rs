//! tcp, mptcp, sctp, dccp, udp, udplite and raw sockets over IPv4 and IPv6 (include/uapi/linux/inet_diag.h,
//! net/ipv4/inet_diag.c `inet_sk_diag_fill`).
//!
//! A message does not state its protocol: it is that of the request. Only the notification that a
//! socket was destroyed does ([`Detail::Protocol`]), which is the same message with zeros for user and
//! inode (`inet_diag_handler_get_info`). No kernel reports the icmp
//! sockets of `/proc/net/icmp`; raw sockets of all protocols are reported for [`Protocol::RAW`]
//! (net/ipv4/raw_diag.c).

mod bytecode;
mod congestion_info;
mod destroy;
mod detail;
mod lookup;
mod md5_key;
mod request;
mod sctp;
mod socket_options;
mod storage;
mod tcp_info;
mod upper_layer;

use core::{
    iter::FusedIterator,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
};

use self::detail::until_nul;
pub use self::{
    bytecode::Bytecode,
    congestion_info::{Bbr, CongestionInfo, Dctcp, Vegas},
    destroy::Destroy,
    detail::{Detail, Memory},
    lookup::Lookup,
    md5_key::{Md5Key, Md5Keys},
    request::{CompatDump, Dump, Extensions, Protocol},
    sctp::Association,
    socket_options::SocketOptions,
    storage::{Storage, Storages},
    tcp_info::TcpInfo,
    upper_layer::{Subflow, Tls, UpperLayer},
};
use super::{Attributes, Payload};
use crate::{
    Column, Error, ErrorKind, Inode, State,
    table::inet::{Family, Timer},
};

const FAMILY: Column = Column::new(&"idiag_family");
const MESSAGE: Column = Column::new(&"inet_diag_msg");

/// `struct inet_diag_msg`.
const LENGTH: usize = 72;

/// `AF_INET` and `AF_INET6` (include/linux/socket.h).
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// One socket: `struct inet_diag_msg`, with [details](Socket::details) decoded on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket<'a> {
    /// IPv4 or IPv6. IPv4 connections of an IPv6 socket are IPv6, with IPv4-mapped addresses.
    pub family: Family,
    /// The state. Request socks are [`State::SYN_RECV`]; sockets that are bound but neither
    /// connected nor listening are [`State::CLOSE`].
    pub state: State,
    /// The pending timer.
    pub timer: Timer,
    /// The number of retransmissions or probes that the timer has triggered.
    pub retransmits: u8,
    /// The local endpoint. For raw sockets the port is the protocol.
    pub local: SocketAddr,
    /// The remote endpoint.
    pub remote: SocketAddr,
    /// The index of the interface that it is bound to.
    pub interface: Option<NonZeroU32>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
    /// The time until the timer expires, in milliseconds. Old kernels, 4.19 among them, report that
    /// of an overdue timer as a negative number in two's complement, near 2^32.
    pub expires: u32,
    /// Bytes received and not read; for a listener, the number of connections waiting to be
    /// accepted.
    pub receive_queue: u32,
    /// Bytes written and not acknowledged; for a listener, the backlog limit, which
    /// `/proc/net/tcp` does not print.
    pub transmit_queue: u32,
    /// The uid, mapped to the user namespace of the reader; always 0 for `TIME_WAIT` and request
    /// socks.
    pub uid: u32,
    /// The inode; `None` if it has no file: `TIME_WAIT`, request socks, orphans.
    pub inode: Option<Inode>,
    attributes: Payload<'a>,
}

impl<'a> Socket<'a> {
    /// Decodes the payload of a message.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, State, netlink::{Content, Messages, inet::Socket}};
    ///
    /// let mut datagram = [0; 88];
    /// datagram[0] = 88; // nlmsg_len
    /// datagram[4] = 20; // SOCK_DIAG_BY_FAMILY
    /// datagram[16..18].copy_from_slice(&[2, 10]); // AF_INET, TCP_LISTEN
    /// datagram[20..22].copy_from_slice(&8080_u16.to_be_bytes());
    /// datagram[24..28].copy_from_slice(&[127, 0, 0, 1]);
    /// datagram[84] = 42;
    /// let message = Messages::new(&datagram, ByteOrder::Little).next().unwrap()?;
    /// let Content::Data(payload) = message.content()? else { panic!() };
    /// let socket = Socket::decode(payload)?;
    /// assert_eq!(socket.local.to_string(), "127.0.0.1:8080");
    /// assert_eq!((socket.state, socket.inode.unwrap().get()), (State::LISTEN, 42));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is too short, or the family is neither `AF_INET` nor `AF_INET6`. Malformed attributes
    /// are reported by [`Socket::details`].
    #[inline(always)]
    pub fn decode(payload: Payload<'a>) -> Result<Socket<'a>, Error> {
        let family = match payload.u8(0, FAMILY)? {
            AF_INET => Family::V4,
            AF_INET6 => Family::V6,
            _ => return Err(payload.error(ErrorKind::Unexpected, FAMILY, 0)),
        };
        // The length is checked once: members are read from an array, at offsets that are checked
        // at compile time.
        let message = Message(payload.array(0, MESSAGE)?);
        let u32 = |bytes: [u8; 4]| payload.order().u32(bytes);
        let endpoint = |port, v4: [u8; 4], v6: [u8; 16]| {
            let ip = match family {
                Family::V4 => IpAddr::V4(Ipv4Addr::from(v4)),
                Family::V6 => IpAddr::V6(Ipv6Addr::from(v6)),
            };
            SocketAddr::new(ip, u16::from_be_bytes(port))
        };
        let [_, state, timer, retransmits] = message.at::<0, 4>();
        let cookie =
            u64::from(u32(message.at::<44, 4>())) | u64::from(u32(message.at::<48, 4>())) << 32;
        Ok(Socket {
            family,
            state: State(state),
            timer: Timer(timer),
            retransmits,
            local: endpoint(message.at::<4, 2>(), message.at::<8, 4>(), message.at::<8, 16>()),
            remote: endpoint(message.at::<6, 2>(), message.at::<24, 4>(), message.at::<24, 16>()),
            interface: NonZeroU32::new(u32(message.at::<40, 4>())),
            cookie,
            expires: u32(message.at::<52, 4>()),
            receive_queue: u32(message.at::<56, 4>()),
            transmit_queue: u32(message.at::<60, 4>()),
            uid: u32(message.at::<64, 4>()),
            inode: Inode::new(u64::from(u32(message.at::<68, 4>()))),
            attributes: payload.after(LENGTH),
        })
    }

    /// The requested attributes and those that the kernel always reports, in the kernel's order.
    ///
    /// An attribute that is too short is an `Err` item, and the iteration continues.
    #[inline]
    pub fn details(
        &self,
    ) -> impl FusedIterator<Item = Result<Detail<'a>, Error>> + Clone + use<'a> {
        self.attributes().map(|attribute| attribute.and_then(Detail::decode))
    }

    /// The undecoded attributes.
    #[inline]
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes)
    }
}

/// The bytes of `struct inet_diag_msg`.
struct Message<'a>(&'a [u8; LENGTH]);

impl Message<'_> {
    /// The bytes of a member; its bounds are checked at compile time.
    #[inline]
    fn at<const AT: usize, const N: usize>(&self) -> [u8; N] {
        const { assert!(AT + N <= LENGTH) };
        self.0.get(AT..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
    }
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use super::*;
    use crate::{ByteOrder, netlink::Shutdown};

    /// A listener from a big-endian host, all of whose members differ.
    fn message() -> Vec<u8> {
        let mut bytes = [&[AF_INET6, 10, 2, 7][..], &[0x1F, 0x90, 0, 53]].concat();
        bytes.extend("2001:db8::1".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend("::ffff:192.0.2.9".parse::<Ipv6Addr>().unwrap().octets());
        // The interface, the cookie and the last five members.
        for word in [3_u32, 0x11, 0x22, 1500, 1, 4096, 65_534, u32::MAX] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend([0, 5, 0, 8, 3, 0, 0, 0]);
        bytes
    }

    #[test]
    fn members_are_decoded_from_their_offsets() {
        let bytes = message();
        let socket = Socket::decode(Payload::new(&bytes, ByteOrder::Big, 16)).unwrap();
        assert_eq!((socket.family, socket.state), (Family::V6, State::LISTEN));
        assert_eq!((socket.timer, socket.retransmits), (Timer::KEEPALIVE, 7));
        assert_eq!(socket.local.to_string(), "[2001:db8::1]:8080");
        assert_eq!(socket.remote.to_string(), "[::ffff:192.0.2.9]:53");
        assert_eq!(socket.interface.unwrap().get(), 3);
        assert_eq!((socket.cookie, socket.expires), (0x22_0000_0011, 1500));
        assert_eq!((socket.receive_queue, socket.transmit_queue), (1, 4096));
        assert_eq!((socket.uid, socket.inode), (65_534, Inode::new(4_294_967_295)));
        let details: Vec<_> = socket.details().collect();
        assert_eq!(details, [Ok(Detail::Shutdown(Shutdown(3)))]);
    }

    #[test]
    fn a_short_message_or_another_family_is_an_error() {
        let mut bytes = message();
        let error = |bytes: &[u8]| {
            let error = Socket::decode(Payload::new(bytes, ByteOrder::Big, 16)).unwrap_err();
            (error.column().name(), error.kind(), error.offset())
        };
        assert_eq!(error(&[]), ("idiag_family", ErrorKind::Short, 16));
        for length in 1..LENGTH {
            let end = 16 + length;
            assert_eq!(error(&bytes[..length]), ("inet_diag_msg", ErrorKind::Short, end));
        }
        bytes[0] = 1;
        assert_eq!(error(&bytes), ("idiag_family", ErrorKind::Unexpected, 16));
    }

    #[test]
    fn a_short_detail_is_one_error() {
        let mut bytes = message();
        bytes.extend([0, 5, 0, 15, 3, 0, 0, 0, 0, 7, 0, 4, b'b', b'b', b'r', 0, 0, 4, 0, 99]);
        let socket = Socket::decode(Payload::new(&bytes, ByteOrder::Big, 16)).unwrap();
        let details: Vec<_> = socket.details().skip(1).collect();
        let error = details[0].unwrap_err();
        assert_eq!((error.column().name(), error.offset()), ("mark", 16 + 72 + 8 + 5));
        assert_eq!(details[1], Ok(Detail::Congestion(b"bbr")));
        assert!(matches!(details[2], Ok(Detail::Other(other)) if other.kind() == 99));
        assert_eq!(details.len(), 3);
    }
}
