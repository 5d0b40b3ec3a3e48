//! Unix sockets (include/uapi/linux/unix_diag.h, net/unix/diag.c `sk_diag_fill`).
//!
//! Unlike in `/proc/net/unix`, names have an explicit length: their content cannot forge another
//! socket, and paths and abstract names can be distinguished.

mod detail;
mod request;

use core::iter::FusedIterator;

pub use self::{
    detail::{Detail, File, Name, Pending, Queue},
    request::{Dump, Lookup, Show},
};
use super::{Attributes, Payload};
use crate::{Column, Error, ErrorKind, Inode, State, table::unix::SocketType};

const FAMILY: Column = Column::new(&"udiag_family");
const MESSAGE: Column = Column::new(&"unix_diag_msg");

/// `struct unix_diag_msg`.
const LENGTH: usize = 16;

/// `AF_UNIX` (include/linux/socket.h).
const AF_UNIX: u8 = 1;

/// One socket: `struct unix_diag_msg`, with [details](Socket::details) decoded on demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket<'a> {
    /// Stream, datagram or seqpacket.
    pub kind: SocketType,
    /// [`State::ESTABLISHED`], [`State::LISTEN`] or [`State::CLOSE`]: unix sockets use the
    /// numbers of tcp.
    pub state: State,
    /// The inode. A dump omits connections that were not accepted yet, which have none; see
    /// [`Detail::Pending`].
    pub inode: Option<Inode>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
    attributes: Payload<'a>,
}

impl<'a> Socket<'a> {
    /// Decodes the payload of a message.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, State, netlink::{Content, Messages, unix}};
    ///
    /// let mut datagram = [0; 44];
    /// datagram[0] = 44; // nlmsg_len
    /// datagram[4] = 20; // SOCK_DIAG_BY_FAMILY
    /// datagram[16..19].copy_from_slice(&[1, 1, 10]); // AF_UNIX, SOCK_STREAM, TCP_LISTEN
    /// datagram[20] = 42;
    /// datagram[32] = 10; // UNIX_DIAG_NAME, with the NUL that ends a path
    /// datagram[36..41].copy_from_slice(b"/a\nb\x20");
    /// let message = Messages::new(&datagram, ByteOrder::Little).next().unwrap()?;
    /// let Content::Data(payload) = message.content()? else { panic!() };
    /// let socket = unix::Socket::decode(payload)?;
    /// assert_eq!((socket.state, socket.inode.unwrap().get()), (State::LISTEN, 42));
    /// let Some(Ok(unix::Detail::Name(name))) = socket.details().next() else { panic!() };
    /// assert_eq!((name.as_bytes(), name.is_abstract()), (&b"/a\nb "[..], false));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If it is too short, or the family is not `AF_UNIX`. Malformed attributes are reported by
    /// [`Socket::details`].
    pub fn decode(payload: Payload<'a>) -> Result<Socket<'a>, Error> {
        if payload.u8(0, FAMILY)? != AF_UNIX {
            return Err(payload.error(ErrorKind::Unexpected, FAMILY, 0));
        }
        let _whole: &[u8; LENGTH] = payload.array(0, MESSAGE)?;
        let u32 = |at| payload.u32(at, MESSAGE);
        Ok(Socket {
            kind: SocketType(u16::from(payload.u8(1, MESSAGE)?)),
            state: State(payload.u8(2, MESSAGE)?),
            inode: Inode::new(u64::from(u32(4)?)),
            cookie: payload.cookie(8, MESSAGE)?,
            attributes: payload.after(LENGTH),
        })
    }

    /// The requested attributes and those that the kernel always reports, in the kernel's order.
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

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::{ByteOrder, netlink::Shutdown};

    fn message(attributes: &[u8]) -> Vec<u8> {
        let head = [&[AF_UNIX, 2, 7, 0][..], &[0, 0, 1, 2, 0, 0, 0, 3, 0, 0, 0, 4]].concat();
        [&head, attributes].concat()
    }

    fn socket(bytes: &[u8]) -> Result<Socket<'_>, Error> {
        Socket::decode(Payload::new(bytes, ByteOrder::Big, 16))
    }

    #[test]
    fn members_are_decoded_from_their_offsets() {
        let bytes = message(&[0, 5, 0, 6, 2, 0, 0, 0, 0, 8, 0, 7, 0, 0, 3, 0xE8]);
        let socket = socket(&bytes).unwrap();
        assert_eq!((socket.kind, socket.state), (SocketType::DGRAM, State::CLOSE));
        assert_eq!((socket.inode, socket.cookie), (Inode::new(258), 0x4_0000_0003));
        let details: Vec<_> = socket.details().map(Result::unwrap).collect();
        assert_eq!(details, [Detail::Shutdown(Shutdown(2)), Detail::Uid(1000)]);
    }

    #[test]
    fn a_short_message_or_another_family_is_an_error() {
        let mut bytes = message(&[]);
        for length in 1..LENGTH {
            let error = socket(&bytes[..length]).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Short, 16 + length));
        }
        bytes[0] = 2;
        let error = socket(&bytes).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Unexpected, 16));
    }
}
