//! Requests for packet sockets: `struct packet_diag_req`.

use super::AF_PACKET;
use crate::netlink::{
    Envelope,
    writer::{TooSmall, Writer},
};

/// The attributes to report in addition to the socket (`PACKET_SHOW_*`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Show(
    /// The kernel's bits.
    pub u32,
);

impl Show {
    /// No attributes.
    pub const NONE: Show = Show(0);
    /// [`Detail::Info`](super::Detail::Info) and [`Detail::Uid`](super::Detail::Uid).
    pub const INFO: Show = Show(1);
    /// [`Detail::Memberships`](super::Detail::Memberships).
    pub const MEMBERSHIPS: Show = Show(1 << 1);
    /// [`Detail::ReceiveRing`](super::Detail::ReceiveRing) and
    /// [`Detail::TransmitRing`](super::Detail::TransmitRing).
    pub const RINGS: Show = Show(1 << 2);
    /// [`Detail::Fanout`](super::Detail::Fanout).
    pub const FANOUT: Show = Show(1 << 3);
    /// [`Detail::SocketMemory`](super::Detail::SocketMemory).
    pub const SOCKET_MEMORY: Show = Show(1 << 4);
    /// [`Detail::Filter`](super::Detail::Filter).
    pub const FILTER: Show = Show(1 << 5);

    /// The union of both.
    #[must_use]
    pub const fn with(self, other: Show) -> Show {
        Show(self.0 | other.0)
    }
}

/// A dump of the packet sockets: `struct packet_diag_req`.
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
        // The protocol has to be 0 (net/packet/diag.c `packet_diag_handler_dump`).
        writer.put(&[AF_PACKET, 0, 0, 0]);
        // The inode, which a dump ignores.
        writer.u32(0);
        writer.u32(self.show.0);
        writer.put(&[0; 8]);
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
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let dump = Dump { show: Show::INFO.with(Show::FILTER) };
        let request = dump.write(&mut buffer, envelope).unwrap();
        assert_eq!(request[..16], [36, 0, 0, 0, 20, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(request[16..], [17, 0, 0, 0, 0, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for length in 0..36 {
            assert_eq!(dump.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }
}
