//! Requests to close inet sockets.

use core::{net::SocketAddr, num::NonZeroU32};

use super::{AF_INET, AF_INET6, Protocol, lookup::put_id};
use crate::netlink::{
    Envelope, Flags, MessageType,
    writer::{TooSmall, Writer},
};

/// A request to close one socket, as `ss -K` sends it. The response is an acknowledgement or an error.
///
/// The kernel looks the socket up by its endpoints and compares its cookie before it does anything
/// (net/ipv4/inet_diag.c `inet_diag_find_one_icsk`, net/ipv4/udp_diag.c `__udp_diag_destroy`), so that no
/// other socket is closed. It does not for raw sockets (net/ipv4/raw_diag.c `raw_diag_destroy`): never
/// send this for [`Protocol::RAW`].
///
/// ```
/// use procnet_core::netlink::{Envelope, inet};
///
/// let destroy = inet::Destroy {
///     protocol: inet::Protocol::TCP,
///     local: "127.0.0.1:22".parse().unwrap(),
///     remote: "127.0.0.1:40001".parse().unwrap(),
///     interface: None,
///     cookie: 7,
/// };
/// let mut buffer = [0; 72];
/// assert_eq!(destroy.write(&mut buffer, Envelope::native(1))?.len(), 72);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destroy {
    /// The protocol; its number must be at most 255.
    pub protocol: Protocol,
    /// The local endpoint.
    pub local: SocketAddr,
    /// The remote endpoint, of the same family; unspecified for a listener.
    pub remote: SocketAddr,
    /// The index of the interface that it is bound to.
    pub interface: Option<NonZeroU32>,
    /// The socket cookie. `u64::MAX`, which would match any socket (`INET_DIAG_NOCOOKIE`), is written as
    /// 0, which matches none: the kernel counts cookies from 1.
    pub cookie: u64,
}

impl Destroy {
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
        let flags = Flags::REQUEST.with(Flags::ACK);
        let mut writer = Writer::new(buffer, envelope, MessageType::SOCK_DESTROY, flags);
        let family = if self.local.is_ipv4() { AF_INET } else { AF_INET6 };
        writer.put(&[family, self.protocol.written().0, 0, 0]);
        writer.u32(0);
        let cookie = if self.cookie == u64::MAX { 0 } else { self.cookie };
        // Unlike that of a lookup, the order is the same for udp.
        put_id(&mut writer, [self.local, self.remote], self.interface, Some(cookie));
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    const LITTLE: Envelope = Envelope { order: ByteOrder::Little, sequence: 7 };

    #[test]
    fn a_request_to_close_names_the_socket_and_its_cookie() {
        let destroy = |protocol, cookie| Destroy {
            protocol,
            local: "[::1]:53".parse().unwrap(),
            remote: "[::2]:258".parse().unwrap(),
            interface: NonZeroU32::new(3),
            cookie,
        };
        let mut buffer = [0xAA; 72];
        for protocol in [Protocol::TCP, Protocol::UDP] {
            let request = destroy(protocol, 0x4_0000_0005).write(&mut buffer, LITTLE).unwrap();
            assert_eq!(request[..8], [72, 0, 0, 0, 21, 0, 5, 0]);
            assert_eq!(request[16..24], [10, protocol.written().0, 0, 0, 0, 0, 0, 0]);
            assert_eq!((&request[24..28], request[43], request[59]), (&[0, 53, 1, 2][..], 1, 2));
            assert_eq!(request[60..], [3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0]);
        }
        // Never any socket.
        let request = destroy(Protocol::TCP, u64::MAX).write(&mut buffer, LITTLE).unwrap();
        assert_eq!(request[64..], [0; 8]);
        for length in 0..72 {
            let written = destroy(Protocol::TCP, 1).write(&mut buffer[..length], LITTLE);
            assert_eq!(written, Err(TooSmall));
        }
    }
}
