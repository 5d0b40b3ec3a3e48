//! Options of an inet socket (include/uapi/linux/inet_diag.h `struct inet_diag_sockopt`).

use crate::{Column, Error, netlink::Payload};

const COLUMN: Column = Column::new(&"sockopt");

/// Options of a socket, under the kernel's names (net/ipv4/inet_diag.c `inet_diag_msg_attrs_fill`);
/// since Linux 5.10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SocketOptions {
    /// Errors are queued (`IP_RECVERR`).
    pub recverr: bool,
    /// It is a connection-oriented socket: TCP, and others built like it.
    pub is_icsk: bool,
    /// It may be bound to an address that is not the host's (`IP_FREEBIND`).
    pub freebind: bool,
    /// The application writes IP headers (`IP_HDRINCL`).
    pub hdrincl: bool,
    /// Multicasts it sends are delivered on this host, too (`IP_MULTICAST_LOOP`).
    pub mc_loop: bool,
    /// It may have foreign addresses, as of a transparent proxy (`IP_TRANSPARENT`).
    pub transparent: bool,
    /// It receives the multicasts of groups that others joined (`IP_MULTICAST_ALL`).
    pub mc_all: bool,
    /// Its fragments are not reassembled by connection tracking (`IP_NODEFRAG`).
    pub nodefrag: bool,
    /// A port is chosen when it connects, not when it is bound (`IP_BIND_ADDRESS_NO_PORT`).
    pub bind_address_no_port: bool,
    /// Queued errors have the extensions of RFC 4884 (`IP_RECVERR_RFC4884`).
    pub recverr_rfc4884: bool,
    /// `connect` was called, and the SYN waits for data (`TCP_FASTOPEN_CONNECT`).
    pub defer_connect: bool,
}

impl SocketOptions {
    pub(super) fn decode(value: Payload<'_>) -> Result<SocketOptions, Error> {
        let bit = |at, first| value.bits(at, first, 1, COLUMN).map(|bit| bit != 0);
        Ok(SocketOptions {
            recverr: bit(0, 0)?,
            is_icsk: bit(0, 1)?,
            freebind: bit(0, 2)?,
            hdrincl: bit(0, 3)?,
            mc_loop: bit(0, 4)?,
            transparent: bit(0, 5)?,
            mc_all: bit(0, 6)?,
            nodefrag: bit(0, 7)?,
            bind_address_no_port: bit(1, 0)?,
            recverr_rfc4884: bit(1, 1)?,
            defer_connect: bit(1, 2)?,
        })
    }

    /// Each option and whether it is set, in the order of the structure.
    #[must_use]
    pub fn named(&self) -> [(&'static str, bool); 11] {
        [
            ("recverr", self.recverr),
            ("is_icsk", self.is_icsk),
            ("freebind", self.freebind),
            ("hdrincl", self.hdrincl),
            ("mc_loop", self.mc_loop),
            ("transparent", self.transparent),
            ("mc_all", self.mc_all),
            ("nodefrag", self.nodefrag),
            ("bind_address_no_port", self.bind_address_no_port),
            ("recverr_rfc4884", self.recverr_rfc4884),
            ("defer_connect", self.defer_connect),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteOrder;

    #[test]
    fn each_option_has_its_bit_in_either_byte_order() {
        for at in 0..11 {
            let (byte, bit) = (at / 8, at % 8);
            for (order, value) in [(ByteOrder::Little, 1_u8 << bit), (ByteOrder::Big, 0x80 >> bit)]
            {
                let mut bytes = [0; 2];
                bytes[byte] = value;
                let options = SocketOptions::decode(Payload::new(&bytes, order, 0)).unwrap();
                let set = options.named().map(|(_, is_set)| is_set);
                assert_eq!(set, core::array::from_fn(|other| other == at), "{order:?}");
            }
        }
        assert!(SocketOptions::decode(Payload::new(&[0], ByteOrder::Big, 0)).is_err());
    }
}
