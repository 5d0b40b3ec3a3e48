//! Packet sockets, which receive and send the frames of interfaces (include/uapi/linux/packet_diag.h,
//! net/packet/diag.c `sk_diag_fill`).

mod detail;
mod filter;
mod memberships;
mod request;

use core::iter::FusedIterator;

pub use self::{
    detail::{Detail, Fanout, Flags, Info, Ring},
    filter::{Filter, Instruction},
    memberships::{Membership, Memberships},
    request::{Dump, Show},
};
use super::{Attributes, Payload};
use crate::{Column, Error, ErrorKind, Inode, table::SocketType};

const FAMILY: Column = Column::new(&"pdiag_family");
const INFO: Column = Column::new(&"info");
const MESSAGE: Column = Column::new(&"packet_diag_msg");

/// `struct packet_diag_msg`.
const LENGTH: usize = 16;

/// `AF_PACKET` (include/linux/socket.h).
const AF_PACKET: u8 = 17;

/// One socket: `struct packet_diag_msg`, with [details](Socket::details) decoded on demand. It has no
/// state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket<'a> {
    /// Whether packets include the link-level header (raw) or not (dgram).
    pub kind: SocketType,
    /// The Ethernet protocol number of the packets it receives; 3 (`ETH_P_ALL`) for all, 0 for none.
    pub protocol: u16,
    /// The inode.
    pub inode: Option<Inode>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
    attributes: Payload<'a>,
}

impl<'a> Socket<'a> {
    /// Decodes the payload of a message.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, netlink::{Payload, packet::Socket}};
    ///
    /// // A raw socket that receives all packets, with the inode 42.
    /// let mut message = [17, 3, 3, 0, 42, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    /// let socket = Socket::decode(Payload::of(&message, ByteOrder::Little))?;
    /// assert_eq!((socket.protocol, socket.inode.unwrap().get()), (3, 42));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is too short, or the family is not `AF_PACKET`. Malformed attributes are reported by
    /// [`Socket::details`].
    pub fn decode(payload: Payload<'a>) -> Result<Socket<'a>, Error> {
        if payload.u8(0, FAMILY)? != AF_PACKET {
            return Err(payload.error(ErrorKind::Unexpected, FAMILY, 0));
        }
        let _whole: &[u8; LENGTH] = payload.array(0, MESSAGE)?;
        Ok(Socket {
            kind: SocketType(payload.u8(1, MESSAGE)?.into()),
            // In the byte order of the host, unlike that of `bind`.
            protocol: payload.u16(2, MESSAGE)?,
            inode: Inode::new(payload.u32(4, MESSAGE)?.into()),
            cookie: payload.cookie(8, MESSAGE)?,
            attributes: payload.after(LENGTH),
        })
    }

    /// The requested attributes, in the kernel's order.
    ///
    /// An attribute that is too short is an `Err` item, and the iteration continues.
    pub fn details(
        &self,
    ) -> impl FusedIterator<Item = Result<Detail<'a>, Error>> + Clone + use<'a> {
        self.attributes().map(|attribute| attribute.and_then(Detail::decode))
    }

    /// The attribute [`Detail::Info`], which the kernel reports of every socket if it is requested.
    ///
    /// # Errors
    ///
    /// If it is missing or too short.
    pub fn info(&self) -> Result<Info, Error> {
        for attribute in self.attributes() {
            if let Detail::Info(info) = Detail::decode(attribute?)? {
                return Ok(info);
            }
        }
        Err(self.attributes.error(ErrorKind::Short, INFO, usize::MAX))
    }

    /// The undecoded attributes.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes)
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroU32;
    use std::{vec, vec::Vec};

    use super::*;
    use crate::{ByteOrder, netlink::SocketMemory};

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len() + 4).unwrap();
        let mut bytes = [&length.to_be_bytes()[..], &kind.to_be_bytes(), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    /// A socket from a big-endian host, all of whose members differ.
    fn message() -> Vec<u8> {
        let mut bytes = [AF_PACKET, 3, 0x88, 0xCC].to_vec();
        bytes.extend(words(&[258, 3, 4]));
        bytes
    }

    fn socket(bytes: &[u8]) -> Result<Socket<'_>, Error> {
        Socket::decode(Payload::new(bytes, ByteOrder::Big, 16))
    }

    /// The same socket with attributes.
    fn message_with(attributes: &[u8]) -> Vec<u8> {
        [&message()[..], attributes].concat()
    }

    fn details(message: &[u8]) -> Vec<Result<Detail<'_>, Error>> {
        socket(message).unwrap().details().collect()
    }

    #[test]
    fn members_are_decoded_from_their_offsets() {
        let bytes = message();
        let socket = socket(&bytes).unwrap();
        assert_eq!((socket.kind, socket.protocol), (SocketType::RAW, 0x88CC));
        assert_eq!((socket.inode, socket.cookie), (Inode::new(258), 0x4_0000_0003));
        assert_eq!(socket.details().count(), 0);
    }

    #[test]
    fn a_short_message_or_another_family_is_an_error() {
        let mut bytes = message();
        for length in 1..LENGTH {
            let error = socket(&bytes[..length]).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Short, 16 + length));
        }
        bytes[0] = 44;
        assert_eq!(socket(&bytes).unwrap_err().kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn numbers_are_decoded() {
        let ring = words(&[4096, 2, 256, 32, 60, 8, 1]);
        let all = [
            attribute(0, &words(&[2, 1, 4, 100, 1, 0x19])),
            attribute(2, &ring),
            attribute(3, &ring),
            attribute(4, &words(&[0x0003_00FE])),
            attribute(5, &words(&[1000])),
            attribute(6, &words(&[1, 2, 3, 4, 5, 6, 7, 8, 9])),
            attribute(99, &[]),
        ];
        let bytes = message_with(&all.concat());
        let found: Vec<_> = details(&bytes).into_iter().map(Result::unwrap).collect();
        let Detail::Info(info) = found[0] else { panic!("{found:?}") };
        assert_eq!(info.interface.map(NonZeroU32::get), Some(2));
        assert_eq!((info.version, info.reserve, info.copy_thresh), (1, 4, 100));
        assert_eq!(info.timestamp, 1);
        let set = Flags::NAMED.iter().filter(|(_, flag)| info.flags.contains(*flag));
        let set: Vec<_> = set.map(|(name, _)| *name).collect();
        assert_eq!(set, ["running", "vnethdr", "loss"]);
        let ring = Ring {
            block_size: 4096,
            block_nr: 2,
            frame_size: 256,
            frame_nr: 32,
            retire_tmo: 60,
            sizeof_priv: 8,
            features: 1,
        };
        assert_eq!(found[1..3], [Detail::ReceiveRing(ring), Detail::TransmitRing(ring)]);
        let Detail::Fanout(fanout) = found[3] else { panic!("{found:?}") };
        assert_eq!((fanout.id, fanout.kind, fanout.name()), (0xFE, 3, Some("roll")));
        assert_eq!(Fanout { id: 0, kind: 9 }.name(), None);
        assert_eq!(found[4], Detail::Uid(1000));
        assert!(matches!(found[5], Detail::SocketMemory(SocketMemory { drops: Some(9), .. })));
        assert!(matches!(found[6], Detail::Other(other) if other.kind() == 99));
    }

    #[test]
    fn info_is_found_behind_others_or_its_absence_is_an_error() {
        let info = attribute(0, &words(&[0, 2, 0, 0, 0, 1]));
        let mut bytes = [message(), attribute(5, &words(&[7])), info].concat();
        assert_eq!(socket(&bytes).unwrap().info().unwrap().version, 2);
        bytes.truncate(LENGTH + 8);
        let error = socket(&bytes).unwrap().info().unwrap_err();
        assert_eq!((error.column().name(), error.kind()), ("info", ErrorKind::Short));
    }

    #[test]
    fn a_filter_is_its_instructions_and_an_empty_one_is_withheld() {
        let code = [0, 0x28, 0, 0, 0, 0, 0, 12, 0, 0x15, 1, 2, 0, 0, 8, 0];
        let bytes = message_with(&attribute(7, &code));
        let Ok(Detail::Filter(Some(filter))) = details(&bytes)[0] else { panic!() };
        assert_eq!(filter.as_bytes(), code);
        let found: Vec<_> = filter.collect();
        let second = Instruction { code: 0x15, jt: 1, jf: 2, k: 0x800 };
        assert_eq!(found, [Instruction { code: 0x28, jt: 0, jf: 0, k: 12 }, second]);
        let withheld = message_with(&attribute(7, &[]));
        assert_eq!(details(&withheld), [Ok(Detail::Filter(None))]);
        assert_eq!(Filter::EMPTY.count(), 0);
        let error = details(&message_with(&attribute(7, &code[..12])))[0].unwrap_err();
        assert_eq!((error.column().name(), error.kind()), ("packet_filter", ErrorKind::Short));
    }

    #[test]
    fn memberships_have_the_part_of_the_address_that_counts() {
        let mut one = words(&[2, 1]);
        one.extend([0, 0, 0, 6, 1, 0, 0x5E, 0, 0, 1]);
        one.resize(44, 0);
        let mut promiscuous = words(&[3, 7]);
        promiscuous.extend([0, 1, 0, 99]);
        promiscuous.resize(44, 0xFF);
        let both = message_with(&attribute(1, &[one.clone(), promiscuous].concat()));
        let Ok(Detail::Memberships(memberships)) = details(&both)[0] else { panic!() };
        let found: Vec<_> = memberships.collect();
        assert_eq!((found[0].interface, found[0].count, found[0].kind), (2, 1, 0));
        assert_eq!(
            (found[0].address, found[0].name()),
            (&[1, 0, 0x5E, 0, 0, 1][..], Some("multicast"))
        );
        // A length beyond the array is that of the array.
        assert_eq!((found[1].name(), found[1].address.len()), (Some("promisc"), 32));
        assert_eq!(Membership { kind: 4, ..found[1] }.name(), None);
        let error = details(&message_with(&attribute(1, &one[..40])))[0].unwrap_err();
        assert_eq!((error.column().name(), error.kind()), ("mclist", ErrorKind::Short));
    }

    #[test]
    fn a_short_detail_is_one_error() {
        for (kind, length, column) in [
            (0, 23, "info"),
            (2, 27, "rx_ring"),
            (3, 27, "tx_ring"),
            (4, 3, "fanout"),
            (5, 3, "uid"),
        ] {
            let all = [attribute(kind, &vec![0; length]), attribute(5, &words(&[7]))].concat();
            let bytes = message_with(&all);
            let found = details(&bytes);
            assert_eq!(found[0].unwrap_err().column().name(), column);
            assert_eq!(found[1], Ok(Detail::Uid(7)));
        }
    }
}
