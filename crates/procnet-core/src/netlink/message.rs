//! The messages of a datagram (include/uapi/linux/netlink.h).

use core::{fmt, num::NonZeroU32};

use super::Payload;
use crate::{ByteOrder, Column, Error, ErrorKind};

const HEADER: Column = Column::new(&"nlmsghdr");
const LENGTH: Column = Column::new(&"nlmsg_len");
const ERROR: Column = Column::new(&"error");

/// `struct nlmsghdr`.
const HEADER_LENGTH: usize = 16;

/// The next multiple of four, to which messages and attributes are aligned (`NLMSG_ALIGN`).
#[inline]
pub(super) fn align(length: usize) -> usize {
    length.saturating_add(3) & !3
}

/// The messages of one received datagram.
///
/// A message with an invalid length is one `Err` item, and the last, as the start of the next
/// message is unknown. A length that is not a multiple of four is valid (the kernel echoes
/// requests of any length in its errors, net/netlink/af_netlink.c `netlink_ack`); padding follows
/// it, which may be missing after the last message.
///
/// A datagram that was truncated to the buffer of the receiver (`MSG_TRUNC`) ends in such an error.
///
/// ```
/// use procnet_core::{ByteOrder, netlink::{Content, Messages}};
///
/// // NLMSG_DONE with an error: this kernel has no handler for the requested protocol.
/// let datagram = [20, 0, 0, 0, 3, 0, 2, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF];
/// let message = Messages::new(&datagram, ByteOrder::Little).next().unwrap()?;
/// assert_eq!(message.sequence, 1);
/// let Content::Done(Some(errno)) = message.content()? else { panic!() };
/// assert_eq!(errno.get(), 2);
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    rest: Payload<'a>,
}

impl<'a> Messages<'a> {
    /// The messages of a datagram from a host with the given byte order.
    #[must_use]
    pub fn new(datagram: &'a [u8], order: ByteOrder) -> Messages<'a> {
        Messages { rest: Payload::new(datagram, order, 0) }
    }

    #[inline(always)]
    fn message(&self) -> Result<(Message<'a>, usize), Error> {
        let rest = &self.rest;
        let _whole: &[u8; HEADER_LENGTH] = rest.array(0, HEADER)?;
        // Also correct if `usize` has 16 bits: what does not fit exceeds the datagram.
        let length = usize::try_from(rest.u32(0, LENGTH)?).unwrap_or(usize::MAX);
        if length < HEADER_LENGTH {
            return Err(rest.error(ErrorKind::Short, LENGTH, 0));
        }
        let payload = rest.inside(HEADER_LENGTH, length);
        let payload = payload.ok_or_else(|| rest.error(ErrorKind::Beyond, LENGTH, 0))?;
        let message = Message {
            kind: MessageType(rest.u16(4, HEADER)?),
            flags: Flags(rest.u16(6, HEADER)?),
            sequence: rest.u32(8, HEADER)?,
            port: rest.u32(12, HEADER)?,
            payload,
        };
        Ok((message, align(length)))
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Error>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.as_bytes().is_empty() {
            return None;
        }
        let found = self.message();
        let length = found.as_ref().map_or(usize::MAX, |(_, length)| *length);
        self.rest = self.rest.after(length);
        Some(found.map(|(message, _)| message))
    }
}

impl core::iter::FusedIterator for Messages<'_> {}

/// One message: header and payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// `nlmsg_type`.
    pub kind: MessageType,
    /// `nlmsg_flags`.
    pub flags: Flags,
    /// `nlmsg_seq`: that of the request.
    pub sequence: u32,
    /// `nlmsg_pid`: the port id of the requesting netlink socket, not necessarily a pid.
    pub port: u32,
    /// The bytes after the header.
    pub payload: Payload<'a>,
}

impl<'a> Message<'a> {
    /// Decodes the payload according to the type of the message.
    ///
    /// # Errors
    ///
    /// If the error code of `NLMSG_DONE` or `NLMSG_ERROR` is missing or positive.
    #[inline(always)]
    pub fn content(&self) -> Result<Content<'a>, Error> {
        Ok(match self.kind {
            MessageType::NOOP => Content::Noop,
            MessageType::ERROR => Content::Error(self.errno()?),
            MessageType::DONE => Content::Done(self.errno()?),
            MessageType::OVERRUN => Content::Overrun,
            // Types below NLMSG_MIN_TYPE are reserved.
            MessageType(0..16) => Content::Reserved,
            _ => Content::Data(self.payload),
        })
    }

    /// The error code, a negative `int`; `None` for 0.
    fn errno(&self) -> Result<Option<Errno>, Error> {
        let code = self.payload.u32(0, ERROR)? as i32;
        if code > 0 {
            return Err(self.payload.error(ErrorKind::Unexpected, ERROR, 0));
        }
        Ok(NonZeroU32::new(code.unsigned_abs()).map(Errno))
    }
}

/// The content of a [`Message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// To be ignored.
    Noop,
    /// The request failed; `None`: it is acknowledged.
    ///
    /// sock_diag responds with `ENOENT` here if there is no handler for the *family*
    /// (net/core/sock_diag.c `__sock_diag_cmd`).
    Error(Option<Errno>),
    /// The end of a dump, and its error, if any.
    ///
    /// If there is no handler for the *protocol*, a dump ends immediately with `ENOENT` here
    /// (net/ipv4/inet_diag.c `__inet_diag_dump`): a dump without sockets does not always mean
    /// that there are none.
    Done(Option<Errno>),
    /// Data was lost.
    Overrun,
    /// A reserved message type.
    Reserved,
    /// A message of the family: for sock_diag, a socket.
    Data(Payload<'a>),
}

/// An error number of the kernel, greater than 0: 2 is `ENOENT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(NonZeroU32);

impl Errno {
    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The type of a message, by the kernel's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageType(
    /// The kernel's number.
    pub u16,
);

impl MessageType {
    /// `NLMSG_NOOP`.
    pub const NOOP: MessageType = MessageType(1);
    /// `NLMSG_ERROR`.
    pub const ERROR: MessageType = MessageType(2);
    /// `NLMSG_DONE`.
    pub const DONE: MessageType = MessageType(3);
    /// `NLMSG_OVERRUN`.
    pub const OVERRUN: MessageType = MessageType(4);
    /// `TCPDIAG_GETSOCK` (include/uapi/linux/inet_diag.h): the older request and its responses.
    pub const TCPDIAG_GETSOCK: MessageType = MessageType(18);
    /// `SOCK_DIAG_BY_FAMILY` (include/uapi/linux/sock_diag.h).
    pub const SOCK_DIAG_BY_FAMILY: MessageType = MessageType(20);
    /// `SOCK_DESTROY` (include/uapi/linux/sock_diag.h): the request to close a socket.
    pub const SOCK_DESTROY: MessageType = MessageType(21);
    /// `IPCTNL_MSG_CT_GET` of `NFNL_SUBSYS_CTNETLINK`
    /// (include/uapi/linux/netfilter/nfnetlink_conntrack.h): the subsystem is the upper byte.
    pub const CTNETLINK_GET: MessageType = MessageType(0x101);
    /// `IPCTNL_MSG_CT_GET_STATS_CPU` of `NFNL_SUBSYS_CTNETLINK`.
    pub const CTNETLINK_GET_STATS_CPU: MessageType = MessageType(0x104);
    /// `IPCTNL_MSG_CT_GET_STATS` of `NFNL_SUBSYS_CTNETLINK`.
    pub const CTNETLINK_GET_STATS: MessageType = MessageType(0x105);
    /// `IPCTNL_MSG_EXP_GET_STATS_CPU` of `NFNL_SUBSYS_CTNETLINK_EXP`.
    pub const CTNETLINK_EXP_GET_STATS_CPU: MessageType = MessageType(0x203);
}

/// The flags of a message (`NLM_F_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(
    /// The kernel's bits.
    pub u16,
);

impl Flags {
    /// A request.
    pub const REQUEST: Flags = Flags(0x1);
    /// Part of a multipart message, which ends with [`Content::Done`].
    pub const MULTI: Flags = Flags(0x2);
    /// In a request: to be acknowledged, by [`Content::Error`] without an error number.
    pub const ACK: Flags = Flags(0x4);
    /// The dump is inconsistent, as its objects changed meanwhile. Dumps of inet and unix sockets
    /// never set this flag, as they do not call `nl_dump_check_consistent`: its absence means
    /// nothing.
    pub const DUMP_INTR: Flags = Flags(0x10);
    /// The dump was filtered as requested.
    pub const DUMP_FILTERED: Flags = Flags(0x20);
    /// In a request: `NLM_F_ROOT | NLM_F_MATCH`, all matching objects.
    pub const DUMP: Flags = Flags(0x300);

    /// The union of both.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Whether all of these flags are set.
    #[must_use]
    pub const fn contains(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;

    /// NLMSG_NOOP with `length` bytes of payload, padded.
    fn noop(length: u32) -> Vec<u8> {
        let mut bytes = [(16 + length).to_le_bytes(), [1, 0, 2, 0], [7; 4], [9; 4]].concat();
        bytes.resize(align(16 + length as usize), 0);
        bytes
    }

    fn outcome(datagram: &[u8]) -> Vec<Result<usize, (&'static str, ErrorKind, usize)>> {
        Messages::new(datagram, ByteOrder::Little)
            .map(|message| match message {
                Ok(message) => Ok(message.payload.offset()),
                Err(error) => Err((error.column().name(), error.kind(), error.offset())),
            })
            .collect()
    }

    #[test]
    fn messages_are_padded_to_four_bytes_except_the_last() {
        let mut datagram = [noop(0), noop(5), noop(3)].concat();
        assert_eq!(outcome(&datagram), [Ok(16), Ok(32), Ok(56)]);
        datagram.pop();
        assert_eq!(outcome(&datagram), [Ok(16), Ok(32), Ok(56)]);
    }

    #[test]
    fn an_invalid_length_ends_the_iteration() {
        let with = |length: u32| {
            let mut second = noop(8);
            second[..4].copy_from_slice(&length.to_le_bytes());
            outcome(&[noop(0), second].concat())
        };
        assert_eq!(with(24), [Ok(16), Ok(32)]);
        for short in [0, 1, 15] {
            assert_eq!(with(short), [Ok(16), Err(("nlmsg_len", ErrorKind::Short, 16))]);
        }
        for beyond in [25, 0x7FFF_FFFF, u32::MAX] {
            assert_eq!(with(beyond), [Ok(16), Err(("nlmsg_len", ErrorKind::Beyond, 16))]);
        }
        let cut = &[noop(0), noop(0)].concat()[..31];
        assert_eq!(outcome(cut), [Ok(16), Err(("nlmsghdr", ErrorKind::Short, 31))]);
    }

    #[test]
    fn the_content_depends_on_the_message_type() {
        let content = |kind: u8, code: &[u8]| {
            let mut datagram = vec![16 + code.len() as u8, 0, 0, 0, kind, 0, 0x12, 0];
            datagram.extend([0; 8]);
            datagram.extend(code);
            let message = Messages::new(&datagram, ByteOrder::Little).next().unwrap().unwrap();
            assert!(message.flags.contains(Flags::DUMP_INTR));
            assert!(!message.flags.contains(Flags::DUMP_FILTERED));
            message.content().map(|content| std::format!("{content:?}"))
        };
        let errno = |content: Result<std::string::String, Error>| content.unwrap();
        assert_eq!(errno(content(1, b"")), "Noop");
        assert_eq!(errno(content(2, &(-2_i32).to_le_bytes())), "Error(Some(Errno(2)))");
        assert_eq!(errno(content(2, &[0; 9])), "Error(None)");
        assert_eq!(errno(content(3, &[0; 4])), "Done(None)");
        assert_eq!(errno(content(3, &i32::MIN.to_le_bytes())), "Done(Some(Errno(2147483648)))");
        assert_eq!(errno(content(4, b"")), "Overrun");
        assert_eq!(errno(content(0, b"")), "Reserved");
        assert_eq!(errno(content(15, b"")), "Reserved");
        assert!(errno(content(16, b"")).starts_with("Data"));
        let short = content(3, &[0; 3]).unwrap_err();
        assert_eq!((short.kind(), short.offset()), (ErrorKind::Short, 19));
        let positive = content(2, &[1, 0, 0, 0]).unwrap_err();
        assert_eq!((positive.kind(), positive.offset()), (ErrorKind::Unexpected, 16));
    }
}
