//! XDP sockets, which receive and send the frames of one queue of an interface
//! (include/uapi/linux/xdp_diag.h, net/xdp/xsk_diag.c `xsk_diag_fill`).

use core::{iter::FusedIterator, num::NonZeroU32};

use super::{
    Attribute, Attributes, Envelope, Payload, SocketMemory,
    writer::{TooSmall, Writer},
};
use crate::{Column, Error, ErrorKind, Inode, table::SocketType};

const FAMILY: Column = Column::new(&"xdiag_family");
const MESSAGE: Column = Column::new(&"xdp_diag_msg");

/// `struct xdp_diag_msg`.
const LENGTH: usize = 16;

/// `AF_XDP` (include/linux/socket.h).
const AF_XDP: u8 = 44;

/// One socket: `struct xdp_diag_msg`, with [details](Socket::details) decoded on demand. It has no
/// state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket<'a> {
    /// Always raw.
    pub kind: SocketType,
    /// The inode.
    pub inode: Option<Inode>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
    attributes: Payload<'a>,
}

impl<'a> Socket<'a> {
    /// Decodes the payload of a message.
    ///
    /// # Errors
    ///
    /// If it is too short, or the family is not `AF_XDP`. Malformed attributes are reported by
    /// [`Socket::details`].
    pub fn decode(payload: Payload<'a>) -> Result<Socket<'a>, Error> {
        if payload.u8(0, FAMILY)? != AF_XDP {
            return Err(payload.error(ErrorKind::Unexpected, FAMILY, 0));
        }
        let _whole: &[u8; LENGTH] = payload.array(0, MESSAGE)?;
        Ok(Socket {
            kind: SocketType(payload.u8(1, MESSAGE)?.into()),
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

    /// The undecoded attributes.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes)
    }
}

/// An attribute of a [`Socket`], requested with [`Show`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// `XDP_DIAG_INFO`: the queue it is bound to.
    Queue(Queue),
    /// `XDP_DIAG_UID`: the uid, mapped to the user namespace of the reader.
    Uid(u32),
    /// `XDP_DIAG_MEMINFO`.
    SocketMemory(SocketMemory),
    /// Any other.
    Other(Attribute<'a>),
}

impl<'a> Detail<'a> {
    /// Decodes an attribute of an XDP socket.
    ///
    /// # Errors
    ///
    /// If it is too short.
    pub fn decode(attribute: Attribute<'a>) -> Result<Detail<'a>, Error> {
        let value = attribute.value;
        let word = |at, name: &'static &'static str| value.u32(at, Column::new(name));
        Ok(match attribute.kind() {
            1 => Detail::Queue(Queue {
                interface: NonZeroU32::new(word(0, &"info")?),
                number: word(4, &"info")?,
            }),
            2 => Detail::Uid(word(0, &"uid")?),
            8 => Detail::SocketMemory(SocketMemory::decode(value)?),
            _ => Detail::Other(attribute),
        })
    }
}

/// `struct xdp_diag_info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Queue {
    /// The index of the interface; `None` if it is not bound yet.
    pub interface: Option<NonZeroU32>,
    /// The number of the queue, from 0.
    pub number: u32,
}

/// The attributes to report in addition to the socket (`XDP_SHOW_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Show(
    /// The kernel's bits.
    pub u32,
);

impl Show {
    /// No attributes.
    pub const NONE: Show = Show(0);
    /// [`Detail::Queue`] and [`Detail::Uid`].
    pub const QUEUE: Show = Show(1);
    /// [`Detail::SocketMemory`].
    pub const SOCKET_MEMORY: Show = Show(1 << 3);

    /// The union of both.
    #[must_use]
    pub const fn with(self, other: Show) -> Show {
        Show(self.0 | other.0)
    }
}

/// A dump of the XDP sockets: `struct xdp_diag_req`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dump {
    /// The attributes to report.
    pub show: Show,
}

impl Dump {
    /// Writes the request: 36 bytes.
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
        writer.put(&[AF_XDP, 0, 0, 0]);
        // The inode, which a dump ignores.
        writer.u32(0);
        writer.u32(self.show.0);
        writer.put(&[0; 8]);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::ByteOrder;

    fn message() -> Vec<u8> {
        let mut bytes = [AF_XDP, 3, 0, 0, 2, 1, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0].to_vec();
        bytes.extend([12, 0, 1, 0, 5, 0, 0, 0, 7, 0, 0, 0, 8, 0, 2, 0, 0xE8, 3, 0, 0]);
        bytes
    }

    fn socket(bytes: &[u8]) -> Result<Socket<'_>, Error> {
        Socket::decode(Payload::new(bytes, ByteOrder::Little, 16))
    }

    #[test]
    fn members_are_decoded_from_their_offsets() {
        let bytes = message();
        let socket = socket(&bytes).unwrap();
        assert_eq!((socket.kind, socket.inode), (SocketType::RAW, Inode::new(258)));
        assert_eq!(socket.cookie, 0x4_0000_0003);
        let details: Vec<_> = socket.details().map(Result::unwrap).collect();
        let queue = Queue { interface: NonZeroU32::new(5), number: 7 };
        assert_eq!(details, [Detail::Queue(queue), Detail::Uid(1000)]);
    }

    #[test]
    fn a_short_message_or_another_family_is_an_error() {
        let mut bytes = message();
        for length in 1..LENGTH {
            let error = socket(&bytes[..length]).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Short, 16 + length));
        }
        bytes[0] = 40;
        assert_eq!(socket(&bytes).unwrap_err().kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn members_of_a_dump_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 64];
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let dump = Dump { show: Show::QUEUE.with(Show::SOCKET_MEMORY) };
        let request = dump.write(&mut buffer, envelope).unwrap();
        assert_eq!(request[..16], [36, 0, 0, 0, 20, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(request[16..], [44, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for length in 0..36 {
            assert_eq!(dump.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }
}
