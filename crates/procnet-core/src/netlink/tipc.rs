//! TIPC sockets (include/uapi/linux/tipc_netlink.h `TIPC_NLA_SOCK_*`, net/tipc/socket.c
//! `tipc_sk_fill_sock_diag`).
//!
//! A message has no structure, not even its family: it is one attribute with everything nested.

use core::fmt;

use super::{
    Attributes, Envelope, Payload, States,
    writer::{TooSmall, Writer},
};
use crate::{Column, Error, ErrorKind, Inode, State, table::SocketType};

const SOCKET: Column = Column::new(&"tipc_nla_sock");

/// `AF_TIPC` (include/linux/socket.h).
const AF_TIPC: u8 = 30;

/// The address of one socket. `Display` writes `NODE:REF`, the node in hexadecimal as in
/// `tipc node list`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Address {
    /// The address of the node, a hash of its identity; 0 if none was set.
    pub node: u32,
    /// The number of the socket within the node (`portid`).
    pub reference: u32,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}:{}", self.node, self.reference)
    }
}

/// The service that a connection was made to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Service {
    /// The type of the service.
    pub kind: u32,
    /// Its instance.
    pub instance: u32,
}

/// One socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Socket {
    /// Stream, datagram (`SOCK_RDM` is 4), or seqpacket.
    pub kind: SocketType,
    /// The state, by the numbers of tcp: `ESTABLISHED`, `LISTEN`, `CLOSE` (open), `CLOSE_WAIT`
    /// (disconnecting) and `SYN_SENT` (connecting).
    pub state: State,
    /// Its own address.
    pub local: Address,
    /// The address of the socket that it is connected to.
    pub peer: Option<Address>,
    /// The service through which it was connected, if it was by one.
    pub service: Option<Service>,
    /// Whether services are bound to it. It is not reported of a connected socket.
    pub is_published: bool,
    /// The inode; `None` for a connection that was not accepted yet.
    pub inode: Option<Inode>,
    /// The uid, mapped to the user namespace of the reader.
    pub uid: Option<u32>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
    /// The number of messages received and not read.
    pub receive_queue: Option<u32>,
    /// The number of messages waiting to be sent.
    pub transmit_queue: Option<u32>,
    /// The number of messages dropped.
    pub drops: Option<u32>,
}

impl Socket {
    /// Decodes the payload of a message.
    ///
    /// # Errors
    ///
    /// If an attribute is malformed, or the reference, the type, the state or the inode is missing.
    pub fn decode(payload: Payload<'_>) -> Result<Socket, Error> {
        for attribute in Attributes::new(payload) {
            let attribute = attribute?;
            if attribute.kind() == 2 {
                return Members::decode(attribute.nested())?
                    .socket()
                    .ok_or_else(|| attribute.value.error(ErrorKind::Short, SOCKET, usize::MAX));
            }
        }
        Err(payload.error(ErrorKind::Short, SOCKET, usize::MAX))
    }
}

/// The members of `TIPC_NLA_SOCK`, as far as they are there.
#[derive(Default)]
struct Members {
    node: u32,
    reference: Option<u32>,
    kind: Option<u32>,
    state: Option<u32>,
    inode: Option<u32>,
    uid: Option<u32>,
    cookie: u64,
    peer: Option<Address>,
    service: Option<Service>,
    is_published: bool,
    receive_queue: Option<u32>,
    transmit_queue: Option<u32>,
    drops: Option<u32>,
}

impl Members {
    fn decode(attributes: Attributes<'_>) -> Result<Members, Error> {
        let mut all = Members::default();
        for attribute in attributes {
            let attribute = attribute?;
            let word = |name: &'static &'static str| attribute.value.u32(0, Column::new(name));
            match attribute.kind() {
                1 => all.node = word(&"addr")?,
                2 => all.reference = Some(word(&"ref")?),
                3 => all.connection(attribute.nested())?,
                4 => all.is_published = true,
                5 => all.statistics(attribute.nested())?,
                6 => all.kind = Some(word(&"type")?),
                7 => all.inode = Some(word(&"ino")?),
                8 => all.uid = Some(word(&"uid")?),
                9 => all.state = Some(word(&"tipc_state")?),
                // Both halves as they are in memory, the lower first in either byte order
                // (net/tipc/diag.c `__tipc_diag_gen_cookie`).
                10 => all.cookie = attribute.value.cookie(0, Column::new(&"cookie"))?,
                _ => {}
            }
        }
        Ok(all)
    }

    /// `TIPC_NLA_SOCK_CON`.
    fn connection(&mut self, attributes: Attributes<'_>) -> Result<(), Error> {
        let (mut peer, mut service) = (Address::default(), Service::default());
        let mut is_by_service = false;
        for attribute in attributes {
            let attribute = attribute?;
            let word = |name: &'static &'static str| attribute.value.u32(0, Column::new(name));
            match attribute.kind() {
                1 => is_by_service = true,
                2 => peer.node = word(&"node")?,
                3 => peer.reference = word(&"sock")?,
                4 => service.kind = word(&"type")?,
                5 => service.instance = word(&"inst")?,
                _ => {}
            }
        }
        self.peer = Some(peer);
        self.service = is_by_service.then_some(service);
        Ok(())
    }

    /// `TIPC_NLA_SOCK_STAT`, whose types begin with 0.
    fn statistics(&mut self, attributes: Attributes<'_>) -> Result<(), Error> {
        for attribute in attributes {
            let attribute = attribute?;
            let word = |name: &'static &'static str| attribute.value.u32(0, Column::new(name));
            match attribute.kind() {
                0 => self.receive_queue = Some(word(&"rcvq")?),
                1 => self.transmit_queue = Some(word(&"sendq")?),
                4 => self.drops = Some(word(&"drop")?),
                _ => {}
            }
        }
        Ok(())
    }

    /// `None` if a member is missing that every kernel sends.
    fn socket(self) -> Option<Socket> {
        Some(Socket {
            kind: SocketType(u16::try_from(self.kind?).ok()?),
            state: State(u8::try_from(self.state?).ok()?),
            local: Address { node: self.node, reference: self.reference? },
            peer: self.peer,
            service: self.service,
            is_published: self.is_published,
            inode: Inode::new(self.inode?.into()),
            uid: self.uid,
            cookie: self.cookie,
            receive_queue: self.receive_queue,
            transmit_queue: self.transmit_queue,
            drops: self.drops,
        })
    }
}

/// A dump of the TIPC sockets: `struct tipc_sock_diag_req`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dump {
    /// The states of the sockets.
    pub states: States,
}

impl Dump {
    /// Writes the request: 24 bytes.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
    ) -> Result<&'m [u8], TooSmall> {
        let mut writer = Writer::dump(buffer, envelope);
        writer.put(&[AF_TIPC, 0, 0, 0]);
        writer.u32(self.states.0);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec, vec::Vec};

    use super::*;
    use crate::ByteOrder;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let mut bytes = u16::try_from(4 + value.len()).unwrap().to_be_bytes().to_vec();
        bytes.extend(kind.to_be_bytes());
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn word(kind: u16, word: u32) -> Vec<u8> {
        attribute(kind, &word.to_be_bytes())
    }

    fn message() -> Vec<Vec<u8>> {
        let connection = [attribute(1, &[]), word(2, 0xAB), word(3, 9), word(4, 4711), word(5, 3)];
        let statistics = [word(0, 2), word(1, 1), attribute(2, &[]), word(4, 7)];
        vec![
            word(2, 5),
            word(1, 0xC0FFEE),
            attribute(3, &connection.concat()),
            attribute(4, &[]),
            word(6, 5),
            word(9, 1),
            word(7, 258),
            word(8, 1000),
            attribute(11, &[]),
            attribute(10, &[0, 0, 0, 3, 0, 0, 0, 4]),
            attribute(5, &statistics.concat()),
        ]
    }

    fn decode(members: &[Vec<u8>]) -> Result<Socket, Error> {
        let bytes = attribute(2, &members.concat());
        Socket::decode(Payload::new(&bytes, ByteOrder::Big, 16))
    }

    #[test]
    fn members_are_decoded_from_their_attributes() {
        let socket = decode(&message()).unwrap();
        assert_eq!((socket.kind, socket.state), (SocketType::SEQPACKET, State::ESTABLISHED));
        assert_eq!(socket.local.to_string(), "c0ffee:5");
        assert_eq!(socket.peer.unwrap().to_string(), "ab:9");
        assert_eq!(socket.service, Some(Service { kind: 4711, instance: 3 }));
        assert!(socket.is_published);
        assert_eq!((socket.inode, socket.uid), (Inode::new(258), Some(1000)));
        assert_eq!(socket.cookie, 0x4_0000_0003);
        let queues = (socket.receive_queue, socket.transmit_queue, socket.drops);
        assert_eq!(queues, (Some(2), Some(1), Some(7)));
    }

    #[test]
    fn what_every_kernel_sends_must_be_there() {
        let all = message();
        for left_out in 0..all.len() {
            let mut members = all.clone();
            let kind = members.remove(left_out)[3];
            assert_eq!(decode(&members).is_err(), [2, 6, 7, 9].contains(&kind), "{kind}");
        }
        let empty = Socket::decode(Payload::new(&[], ByteOrder::Big, 16)).unwrap_err();
        assert_eq!((empty.kind(), empty.offset()), (ErrorKind::Short, 16));
    }

    #[test]
    fn members_of_a_dump_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 64];
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let dump = Dump { states: States::TABLE };
        let request = dump.write(&mut buffer, envelope).unwrap();
        assert_eq!(request[..16], [24, 0, 0, 0, 20, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(request[16..], [30, 0, 0, 0, 0xFE, 0x1F, 0, 0]);
        for length in 0..24 {
            assert_eq!(dump.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }
}
