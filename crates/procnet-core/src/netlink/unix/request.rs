//! Requests for unix sockets.

use super::AF_UNIX;
use crate::netlink::{
    Envelope, Flags, MessageType, States,
    writer::{TooSmall, Writer},
};

/// The attributes to report in addition to the socket (`UDIAG_SHOW_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Show(
    /// The kernel's bits.
    pub u32,
);

impl Show {
    /// No attributes.
    pub const NONE: Show = Show(0);
    /// [`Detail::Name`](super::Detail::Name).
    pub const NAME: Show = Show(0x1);
    /// [`Detail::File`](super::Detail::File).
    pub const FILE: Show = Show(0x2);
    /// [`Detail::Peer`](super::Detail::Peer).
    pub const PEER: Show = Show(0x4);
    /// [`Detail::Pending`](super::Detail::Pending).
    pub const PENDING: Show = Show(0x8);
    /// [`Detail::Queue`](super::Detail::Queue).
    pub const QUEUE: Show = Show(0x10);
    /// [`Detail::SocketMemory`](super::Detail::SocketMemory).
    pub const SOCKET_MEMORY: Show = Show(0x20);
    /// [`Detail::Uid`](super::Detail::Uid).
    pub const UID: Show = Show(0x40);

    /// The union of both.
    #[must_use]
    pub const fn with(self, other: Show) -> Show {
        Show(self.0 | other.0)
    }
}

/// A dump of the unix sockets: `struct unix_diag_req`.
///
/// ```
/// use procnet_core::netlink::{Envelope, States, unix};
///
/// let show = unix::Show::NAME.with(unix::Show::PEER);
/// let dump = unix::Dump { states: States::ALL, show };
/// let mut buffer = [0; 40];
/// assert_eq!(dump.write(&mut buffer, Envelope::native(1))?.len(), 40);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dump {
    /// The states of the sockets.
    pub states: States,
    /// The attributes to report.
    pub show: Show,
}

impl Dump {
    /// Writes the request: 40 bytes.
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
        writer.put(&[AF_UNIX, 0, 0, 0]);
        writer.u32(self.states.0);
        // The inode, which a dump ignores.
        writer.u32(0);
        writer.u32(self.show.0);
        writer.put(&[0; 8]);
        writer.finish()
    }
}

/// A lookup of one unix socket by its inode. The response is one message, or an error (`ENOENT`:
/// there is none in this network namespace; net/unix/diag.c `unix_diag_get_exact`).
///
/// ```
/// use procnet_core::netlink::{Envelope, unix};
///
/// let lookup = unix::Lookup { inode: 4242, cookie: None, show: unix::Show::NAME };
/// let mut buffer = [0; 40];
/// assert_eq!(lookup.write(&mut buffer, Envelope::native(1))?.len(), 40);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The inode, greater than 0.
    pub inode: u32,
    /// The socket cookie, if another socket with this inode must not match.
    pub cookie: Option<u64>,
    /// The attributes to report.
    pub show: Show,
}

impl Lookup {
    /// Writes the request: 40 bytes.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
    ) -> Result<&'m [u8], TooSmall> {
        let kind = MessageType::SOCK_DIAG_BY_FAMILY;
        let mut writer = Writer::new(buffer, envelope, kind, Flags::REQUEST);
        writer.put(&[AF_UNIX, 0, 0, 0]);
        writer.u32(0);
        writer.u32(self.inode);
        writer.u32(self.show.0);
        writer.cookie(self.cookie);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    #[test]
    fn members_of_a_dump_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 64];
        let envelope = Envelope { order: ByteOrder::Big, sequence: 0x0102_0304 };
        let dump = Dump { states: States::TABLE, show: Show::NAME.with(Show::UID) };
        let request = dump.write(&mut buffer, envelope).unwrap();
        let expected = [
            [0, 0, 0, 40, 0, 20, 3, 1, 1, 2, 3, 4, 0, 0, 0, 0],
            [1, 0, 0, 0, 0, 0, 0x1F, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0x41],
        ];
        assert_eq!(request, [expected.concat(), [0; 8].to_vec()].concat());
        for length in 0..40 {
            assert_eq!(dump.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }

    #[test]
    fn members_of_a_lookup_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 64];
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let lookup = Lookup { inode: 0x0102, cookie: None, show: Show::NAME };
        let request = lookup.write(&mut buffer, envelope).unwrap();
        let expected = [
            &[40, 0, 0, 0, 20, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0][..],
            &[1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 1, 0, 0, 0],
            &[0xFF; 8],
        ];
        assert_eq!(request, expected.concat());
        let lookup = Lookup { cookie: Some(0x4_0000_0005), ..lookup };
        let request = lookup.write(&mut buffer, envelope).unwrap();
        assert_eq!(request[32..], [5, 0, 0, 0, 4, 0, 0, 0]);
        for length in 0..40 {
            assert_eq!(lookup.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }
}
