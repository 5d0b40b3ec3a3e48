//! Attributes of a unix socket (include/uapi/linux/unix_diag.h `UNIX_DIAG_*`).

use core::fmt;

use crate::{
    ByteOrder, Column, Error, ErrorKind, Inode,
    escape::Escaped,
    netlink::{Attribute, Payload, Shutdown, SocketMemory},
};

/// An attribute of a [`Socket`](super::Socket). The kernel reports those requested with
/// [`Show`](super::Show), and always [`Shutdown`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// `UNIX_DIAG_NAME`: for bound sockets, and for connections that a bound socket accepted.
    Name(Name<'a>),
    /// `UNIX_DIAG_VFS`: the file that the socket was bound to, if its name is a path.
    File(File),
    /// `UNIX_DIAG_PEER`: the inode of the peer; `None` if the peer was not accepted yet, and so
    /// has none.
    Peer(Option<Inode>),
    /// `UNIX_DIAG_ICONS`: the pending connections of a listener.
    Pending(Pending<'a>),
    /// `UNIX_DIAG_RQLEN`: queue lengths.
    Queue(Queue),
    /// `UNIX_DIAG_MEMINFO`.
    SocketMemory(SocketMemory),
    /// `UNIX_DIAG_SHUTDOWN`.
    Shutdown(Shutdown),
    /// `UNIX_DIAG_UID`: the uid; Linux 4.19 does not report it.
    Uid(u32),
    /// Any other.
    Other(Attribute<'a>),
}

impl<'a> Detail<'a> {
    /// Decodes an attribute of a unix socket.
    ///
    /// # Errors
    ///
    /// If it is too short.
    pub fn decode(attribute: Attribute<'a>) -> Result<Detail<'a>, Error> {
        let value = attribute.value;
        let word = |at, name: &'static &'static str| value.u32(at, Column::new(name));
        Ok(match attribute.kind() {
            0 => Detail::Name(Name::new(value.as_bytes())),
            1 => Detail::File(File { inode: word(0, &"vfs")?, device: word(4, &"vfs")? }),
            2 => Detail::Peer(Inode::new(u64::from(word(0, &"peer")?))),
            3 => Detail::Pending(Pending::decode(value)?),
            4 => Detail::Queue(Queue { receive: word(0, &"rqlen")?, transmit: word(4, &"rqlen")? }),
            5 => Detail::SocketMemory(SocketMemory::decode(value)?),
            6 => Detail::Shutdown(Shutdown(value.u8(0, Column::new(&"shutdown"))?)),
            7 => Detail::Uid(word(0, &"uid")?),
            _ => Detail::Other(attribute),
        })
    }
}

/// The name of a socket, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a>(&'a [u8]);

impl<'a> Name<'a> {
    /// A name from its bytes.
    ///
    /// The terminating NUL of a path, which the kernel includes (net/unix/af_unix.c
    /// `unix_mkname_bsd`), is not part of the name. NULs in an abstract name are.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Name<'a> {
        match bytes {
            [0, ..] => Name(bytes),
            [path @ .., 0] => Name(path),
            path => Name(path),
        }
    }

    /// A path, or an abstract name including its leading NUL.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// Whether it is an abstract name.
    #[must_use]
    pub fn is_abstract(&self) -> bool {
        self.0.first() == Some(&0)
    }
}

/// Escaped as described in [`escape`](crate::escape); the leading NUL of an abstract name is
/// written as `@`, as is customary.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [0, name @ ..] => write!(f, "@{}", Escaped(name)),
            path => Escaped(path).fmt(f),
        }
    }
}

/// `struct unix_diag_vfs`: a file by its device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File {
    /// The lower 32 bits of the inode of the file, which is not the inode of the socket.
    pub inode: u32,
    /// The device, in the encoding of the kernel: 12 bits of major, 20 of minor number.
    pub device: u32,
}

/// `struct unix_diag_rqlen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Queue {
    /// Bytes received and not read; for a listener, the number of connections waiting to be
    /// accepted.
    pub receive: u32,
    /// Memory of sent data, in bytes; for a listener, the backlog limit.
    pub transmit: u32,
}

/// The inodes of the connecting sockets whose connection to a listener was not accepted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending<'a> {
    /// Whole words of 32 bits.
    bytes: &'a [u8],
    order: ByteOrder,
}

impl<'a> Pending<'a> {
    fn decode(value: Payload<'a>) -> Result<Pending<'a>, Error> {
        let bytes = value.as_bytes();
        if bytes.len() % 4 != 0 {
            return Err(value.error(ErrorKind::Short, Column::new(&"icons"), usize::MAX));
        }
        Ok(Pending { bytes, order: value.order() })
    }
}

/// An item is `None` if the connecting socket is gone.
impl Iterator for Pending<'_> {
    type Item = Option<Inode>;

    fn next(&mut self) -> Option<Option<Inode>> {
        let (first, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(Inode::new(u64::from(self.order.u32(*first))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.bytes.len() / 4;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Pending<'_> {}
impl core::iter::FusedIterator for Pending<'_> {}

#[cfg(test)]
mod tests {
    use std::{
        string::{String, ToString},
        vec::Vec,
    };

    use super::*;

    #[test]
    fn a_path_loses_its_terminating_nul_and_an_abstract_name_keeps_all() {
        let name = |bytes: &'static [u8]| {
            let name = Name::new(bytes);
            (name.as_bytes(), name.is_abstract(), name.to_string())
        };
        assert_eq!(name(b"/a\0"), (&b"/a"[..], false, "/a".to_string()));
        assert_eq!(name(b"@a"), (&b"@a"[..], false, "@a".to_string()));
        assert_eq!(name(b"\0a\0"), (&b"\0a\0"[..], true, r"@a\x00".to_string()));
        assert_eq!(name(b"\0"), (&b"\0"[..], true, "@".to_string()));
        assert_eq!(name(b""), (&b""[..], false, String::new()));
    }

    #[test]
    fn pending_connections_are_whole_words() {
        let value = |bytes| Payload::new(bytes, ByteOrder::Little, 20);
        let pending = Pending::decode(value(&[7, 1, 0, 0, 0, 0, 0, 0])).unwrap();
        assert_eq!(pending.len(), 2);
        assert_eq!(pending.collect::<Vec<_>>(), [Inode::new(263), None]);
        let error = Pending::decode(value(&[7, 0, 0, 0, 1])).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Short, 25));
    }
}
