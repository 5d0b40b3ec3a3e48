//! Requests for inet sockets.

use super::{AF_INET, AF_INET6};
use crate::{
    netlink::{
        Envelope, Flags, MessageType, States,
        writer::{TooSmall, Writer},
    },
    table::inet::Family,
};

/// `INET_DIAG_REQ_BYTECODE`.
const BYTECODE: u16 = 1;

/// `INET_DIAG_REQ_SK_BPF_STORAGES`, which has attributes itself, and of those
/// `SK_DIAG_BPF_STORAGE_REQ_MAP_FD`.
const STORAGES: u16 = 2 | 1 << 15;
const MAP_FD: u16 = 1;

/// `INET_DIAG_REQ_PROTOCOL`.
const PROTOCOL: u16 = 3;

/// A transport protocol, by its IP protocol number (include/uapi/linux/in.h).
///
/// The member of a request that selects it has 8 bits. Those of more are sent in an attribute, which
/// kernels before Linux 5.9 ignore; the member is then 0, for which no kernel has a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Protocol(
    /// The number.
    pub u16,
);

impl Protocol {
    /// tcp.
    pub const TCP: Protocol = Protocol(6);
    /// udp.
    pub const UDP: Protocol = Protocol(17);
    /// dccp; removed in Linux 6.16.
    pub const DCCP: Protocol = Protocol(33);
    /// sctp: sockets and their [associations](super::Socket::association).
    pub const SCTP: Protocol = Protocol(132);
    /// udplite; removed in Linux 7.2.
    pub const UDPLITE: Protocol = Protocol(136);
    /// Raw sockets of all protocols.
    pub const RAW: Protocol = Protocol(255);
    /// mptcp connections and listeners; since Linux 5.9, listeners since 5.19 (net/mptcp/mptcp_diag.c
    /// `mptcp_diag_dump`). Their subflows are sockets of [`TCP`](Protocol::TCP).
    pub const MPTCP: Protocol = Protocol(262);

    /// The member of a request, and the attribute if the number does not fit it.
    pub(super) fn written(self) -> (u8, Option<u32>) {
        match u8::try_from(self.0) {
            Ok(number) => (number, None),
            Err(_) => (0, Some(self.0.into())),
        }
    }
}

/// The attributes to report in addition to the socket: bit *n* is attribute *n* + 1.
///
/// Each costs time per socket; none is needed to identify a socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extensions(
    /// The kernel's bits.
    pub u8,
);

impl Extensions {
    /// No attributes.
    pub const NONE: Extensions = Extensions(0);
    /// [`Detail::Memory`](super::Detail::Memory).
    pub const MEMORY: Extensions = Extensions(1);
    /// [`Detail::TcpInfo`](super::Detail::TcpInfo), [`Detail::UpperLayer`](super::Detail::UpperLayer)
    /// and [`Detail::Md5Keys`](super::Detail::Md5Keys).
    pub const TCP_INFO: Extensions = Extensions(1 << 1);
    /// [`Detail::CongestionInfo`](super::Detail::CongestionInfo) of any algorithm.
    pub const CONGESTION_INFO: Extensions = Extensions(1 << 2);
    /// [`Detail::Congestion`](super::Detail::Congestion).
    pub const CONGESTION: Extensions = Extensions(1 << 3);
    /// [`Detail::TypeOfService`](super::Detail::TypeOfService).
    pub const TYPE_OF_SERVICE: Extensions = Extensions(1 << 4);
    /// [`Detail::TrafficClass`](super::Detail::TrafficClass) and
    /// [`Detail::ClassId`](super::Detail::ClassId).
    pub const TRAFFIC_CLASS: Extensions = Extensions(1 << 5);
    /// [`Detail::SocketMemory`](super::Detail::SocketMemory).
    pub const SOCKET_MEMORY: Extensions = Extensions(1 << 6);

    /// The union of both.
    #[must_use]
    pub const fn with(self, other: Extensions) -> Extensions {
        Extensions(self.0 | other.0)
    }
}

/// A dump of the sockets of a protocol and a family: `struct inet_diag_req_v2`.
///
/// ```
/// use procnet_core::{State, netlink::{Envelope, States, inet}, table::inet::Family};
///
/// let dump = inet::Dump {
///     family: Family::V4,
///     protocol: inet::Protocol::TCP,
///     states: States::of(State::LISTEN),
///     extensions: inet::Extensions::NONE,
///     bytecode: &[],
/// };
/// let mut buffer = [0; 72];
/// assert_eq!(dump.write(&mut buffer, Envelope::native(1))?.len(), 72);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dump<'b> {
    /// IPv4 or IPv6; one request cannot cover both (net/core/sock_diag.c selects the handler by
    /// it).
    pub family: Family,
    /// The protocol. If the kernel has no handler for it, the dump ends with an error in
    /// [`Content::Done`](crate::netlink::Content::Done).
    pub protocol: Protocol,
    /// The states of the sockets.
    pub states: States,
    /// The attributes to report.
    pub extensions: Extensions,
    /// The output of [`Bytecode`](super::Bytecode), or empty.
    pub bytecode: &'b [u8],
}

impl Dump<'_> {
    /// Writes the request: 72 bytes, plus the bytecode and a header of 4 bytes if there is one, and 8
    /// bytes for a protocol whose number is greater than 255.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
    ) -> Result<&'m [u8], TooSmall> {
        self.write_with_storages(buffer, envelope, None)
    }

    /// The same, which also requests what BPF maps have for the sockets
    /// ([`Detail::Storages`](super::Detail::Storages)): those maps whose descriptors are named, or if none
    /// is, all. 4 bytes more, and 8 for each map.
    ///
    /// The kernel refuses it without `CAP_BPF` or `CAP_SYS_ADMIN` (`EPERM`), and a map that is named twice
    /// (`EEXIST`) or of another type than `BPF_MAP_TYPE_SK_STORAGE` (`EINVAL`): net/core/bpf_sk_storage.c
    /// `bpf_sk_storage_diag_alloc`. Before Linux 5.7, it ignores that.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write_with_storages<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
        maps: Option<&[i32]>,
    ) -> Result<&'m [u8], TooSmall> {
        let mut writer = Writer::dump(buffer, envelope);
        let (protocol, attribute) = self.protocol.written();
        writer.put(&[number(self.family), protocol, self.extensions.0, 0]);
        writer.u32(self.states.0);
        writer.put(&[0; 48]);
        writer.attribute(BYTECODE, self.bytecode);
        if let Some(number) = attribute {
            writer.attribute(PROTOCOL, &envelope.order.bytes(number));
        }
        put_storages(&mut writer, maps);
        writer.finish()
    }
}

/// A dump of the tcp sockets of IPv4 and IPv6: the older `struct inet_diag_req`.
///
/// Whatever family it names, the kernel reports both (net/ipv4/inet_diag.c
/// `inet_diag_dump_compat`), and walks its hash table once, where two [`Dump`]s walk it twice. Its
/// responses have the type [`MessageType::TCPDIAG_GETSOCK`], and are otherwise the same.
///
/// ```
/// use procnet_core::netlink::{Envelope, States, inet};
///
/// let dump = inet::CompatDump {
///     states: States::TABLE,
///     extensions: inet::Extensions::NONE,
///     bytecode: &[],
/// };
/// let mut buffer = [0; 76];
/// assert_eq!(dump.write(&mut buffer, Envelope::native(1))?.len(), 76);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompatDump<'b> {
    /// The states of the sockets.
    pub states: States,
    /// The attributes to report.
    pub extensions: Extensions,
    /// The output of [`Bytecode`](super::Bytecode), or empty.
    pub bytecode: &'b [u8],
}

impl CompatDump<'_> {
    /// Writes the request: 76 bytes, plus the bytecode and a header of 4 bytes if there is one.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
    ) -> Result<&'m [u8], TooSmall> {
        self.write_with_storages(buffer, envelope, None)
    }

    /// The same, with the storages of [`Dump::write_with_storages`].
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write_with_storages<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
        maps: Option<&[i32]>,
    ) -> Result<&'m [u8], TooSmall> {
        let kind = MessageType::TCPDIAG_GETSOCK;
        let mut writer = Writer::new(buffer, envelope, kind, Flags::REQUEST.with(Flags::DUMP));
        writer.put(&[AF_INET, 0, 0, self.extensions.0]);
        writer.put(&[0; 48]);
        writer.u32(self.states.0);
        // `idiag_dbs`, which the kernel ignores.
        writer.u32(0);
        writer.attribute(BYTECODE, self.bytecode);
        put_storages(&mut writer, maps);
        writer.finish()
    }
}

fn put_storages(writer: &mut Writer<'_>, maps: Option<&[i32]>) {
    let Some(maps) = maps else { return };
    writer.begin(STORAGES, maps.len().saturating_mul(8));
    for map in maps {
        writer.u16(8);
        writer.u16(MAP_FD);
        writer.u32(*map as u32);
    }
}

fn number(family: Family) -> u8 {
    match family {
        Family::V4 => AF_INET,
        Family::V6 => AF_INET6,
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;
    use crate::{ByteOrder, State};

    const LITTLE: Envelope = Envelope { order: ByteOrder::Little, sequence: 7 };

    #[test]
    fn members_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 100];
        let extensions = Extensions::TCP_INFO.with(Extensions::SOCKET_MEMORY);
        let (states, bytecode) = (States::of(State::LISTEN), &[9; 8]);
        let (family, protocol) = (Family::V6, Protocol::TCP);
        let dump = Dump { family, protocol, states, extensions, bytecode };
        let request = dump.write(&mut buffer, LITTLE).unwrap();
        assert_eq!(request[..16], [84, 0, 0, 0, 20, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(request[16..24], [10, 6, 0x42, 0, 0, 4, 0, 0]);
        assert_eq!(request[24..72], [0; 48]);
        assert_eq!(request[72..], [12, 0, 1, 0, 9, 9, 9, 9, 9, 9, 9, 9]);

        let dump = CompatDump { states, extensions, bytecode: &[] };
        let request = dump.write(&mut buffer, LITTLE).unwrap();
        assert_eq!(request[..8], [76, 0, 0, 0, 18, 0, 1, 3]);
        assert_eq!(request[16..20], [2, 0, 0, 0x42]);
        assert_eq!(request[20..68], [0; 48]);
        assert_eq!(request[68..], [0, 4, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_protocol_of_more_than_8_bits_is_an_attribute() {
        let mut buffer = [0xAA; 100];
        let (states, extensions, bytecode) = (States::TABLE, Extensions::NONE, &[9; 4]);
        let (family, protocol) = (Family::V4, Protocol::MPTCP);
        let dump = Dump { family, protocol, states, extensions, bytecode };
        let request = dump.write(&mut buffer, LITTLE).unwrap();
        assert_eq!((request[..4].to_vec(), request[17]), (vec![88, 0, 0, 0], 0));
        assert_eq!(request[72..], [8, 0, 1, 0, 9, 9, 9, 9, 8, 0, 3, 0, 6, 1, 0, 0]);
    }

    #[test]
    fn storages_are_nested_behind_everything_else() {
        let mut buffer = [0xAA; 120];
        let (states, extensions, bytecode) = (States::TABLE, Extensions::NONE, &[9; 4]);
        let (family, protocol) = (Family::V4, Protocol::TCP);
        let dump = Dump { family, protocol, states, extensions, bytecode };
        let request = dump.write_with_storages(&mut buffer, LITTLE, Some(&[7, 258])).unwrap();
        assert_eq!(request[..4], [100, 0, 0, 0]);
        assert_eq!(request[72..80], [8, 0, 1, 0, 9, 9, 9, 9]);
        assert_eq!(request[80..88], [20, 0, 2, 0x80, 8, 0, 1, 0]);
        assert_eq!(request[88..], [7, 0, 0, 0, 8, 0, 1, 0, 2, 1, 0, 0]);
        let dump = CompatDump { states, extensions, bytecode: &[] };
        let request = dump.write_with_storages(&mut buffer, LITTLE, Some(&[])).unwrap();
        assert_eq!((request.len(), &request[76..]), (80, &[4, 0, 2, 0x80][..]));
        for length in 0..80 {
            let request = dump.write_with_storages(&mut buffer[..length], LITTLE, Some(&[]));
            assert_eq!(request, Err(TooSmall));
        }
        // A length has 16 bits.
        let (mut buffer, maps) = (std::vec![0; 1 << 17], std::vec![0; 8192]);
        assert_eq!(dump.write_with_storages(&mut buffer, LITTLE, Some(&maps)), Err(TooSmall));
    }

    #[test]
    fn a_request_that_does_not_fit_is_an_error() {
        let mut buffer = [0; 88];
        let bytecode = &[0; 12];
        let (states, extensions) = (States::ALL, Extensions::NONE);
        let (family, protocol) = (Family::V4, Protocol::UDP);
        let dump = Dump { family, protocol, states, extensions, bytecode };
        assert_eq!(dump.write(&mut buffer, LITTLE).map(<[u8]>::len), Ok(88));
        for length in 0..88 {
            assert_eq!(dump.write(&mut buffer[..length], LITTLE), Err(TooSmall));
        }
        // The length of an attribute has 16 bits.
        let (mut buffer, bytecode) = (std::vec![0; 1 << 17], std::vec![0; 65_532]);
        let dump = Dump { bytecode: &bytecode, ..dump };
        assert_eq!(dump.write(&mut buffer, LITTLE), Err(TooSmall));
    }
}
