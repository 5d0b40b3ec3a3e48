//! Requests for one socket, and how they name it: `struct inet_diag_sockid`.

use core::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
};

use super::{AF_INET, AF_INET6, Extensions, Protocol};
use crate::netlink::{
    Envelope, Flags, MessageType,
    writer::{TooSmall, Writer},
};

/// A lookup of one socket by its endpoints. The response is one message, or an error (`ENOENT`:
/// there is none).
///
/// ```
/// use procnet_core::netlink::{Envelope, inet};
///
/// let lookup = inet::Lookup {
///     protocol: inet::Protocol::TCP,
///     local: "127.0.0.1:22".parse().unwrap(),
///     remote: "127.0.0.1:40001".parse().unwrap(),
///     interface: None,
///     cookie: None,
///     extensions: inet::Extensions::TCP_INFO,
/// };
/// let mut buffer = [0; 72];
/// assert_eq!(lookup.write(&mut buffer, Envelope::native(1))?.len(), 72);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The protocol; its number must be at most 255.
    pub protocol: Protocol,
    /// The local endpoint.
    pub local: SocketAddr,
    /// The remote endpoint, of the same family; unspecified for a listener.
    pub remote: SocketAddr,
    /// The index of the interface that it is bound to.
    pub interface: Option<NonZeroU32>,
    /// The socket cookie, if another socket with the same endpoints must not match.
    pub cookie: Option<u64>,
    /// The attributes to report.
    pub extensions: Extensions,
}

impl Lookup {
    /// Writes the request: 72 bytes.
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
        let family = if self.local.is_ipv4() { AF_INET } else { AF_INET6 };
        writer.put(&[family, self.protocol.written().0, self.extensions.0, 0]);
        writer.u32(0);
        // udp swaps source and destination "for historical reasons": net/ipv4/udp_diag.c
        // `udp_dump_one`.
        let (source, destination) = match self.protocol {
            Protocol::UDP | Protocol::UDPLITE => (self.remote, self.local),
            _ => (self.local, self.remote),
        };
        put_id(&mut writer, [source, destination], self.interface, self.cookie);
        writer.finish()
    }
}

/// `struct inet_diag_sockid`.
pub(super) fn put_id(
    writer: &mut Writer<'_>,
    [source, destination]: [SocketAddr; 2],
    interface: Option<NonZeroU32>,
    cookie: Option<u64>,
) {
    writer.put(&source.port().to_be_bytes());
    writer.put(&destination.port().to_be_bytes());
    for endpoint in [source, destination] {
        match endpoint.ip() {
            IpAddr::V4(ip) => {
                writer.put(&ip.octets());
                writer.put(&[0; 12]);
            }
            IpAddr::V6(ip) => writer.put(&ip.octets()),
        }
    }
    writer.u32(interface.map_or(0, NonZeroU32::get));
    writer.cookie(cookie);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    const LITTLE: Envelope = Envelope { order: ByteOrder::Little, sequence: 7 };

    #[test]
    fn a_lookup_of_udp_swaps_the_endpoints() {
        let lookup = |protocol| Lookup {
            protocol,
            local: "[::1]:53".parse().unwrap(),
            remote: "[::2]:258".parse().unwrap(),
            interface: NonZeroU32::new(3),
            cookie: Some(0x4_0000_0005),
            extensions: Extensions::NONE,
        };
        let mut buffer = [0xAA; 72];
        let request = lookup(Protocol::TCP).write(&mut buffer, LITTLE).unwrap();
        assert_eq!(
            (&request[6..8], &request[16..24]),
            (&[1, 0][..], &[10, 6, 0, 0, 0, 0, 0, 0][..])
        );
        assert_eq!((&request[24..28], request[43], request[59]), (&[0, 53, 1, 2][..], 1, 2));
        assert_eq!(request[60..], [3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0]);
        let request = lookup(Protocol::UDP).write(&mut buffer, LITTLE).unwrap();
        assert_eq!((&request[24..28], request[43], request[59]), (&[1, 2, 0, 53][..], 2, 1));
    }
}
