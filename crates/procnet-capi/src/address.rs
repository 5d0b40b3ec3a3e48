//! Addresses.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::{
    border::{ErrorOut, Out, Text, TextOut, guard, not_null, put, run},
    error::Failure,
    result::procnet_result,
};

pub(crate) const AF_UNIX: u16 = 1;
pub(crate) const AF_INET: u16 = 2;
pub(crate) const AF_INET6: u16 = 10;
pub(crate) const AF_NETLINK: u16 = 16;
pub(crate) const AF_PACKET: u16 = 17;

/// An IP address and a port.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct procnet_address {
    pub family: u16,
    pub port: u16,
    pub scope_id: u32,
    pub bytes: [u8; 16],
}

impl From<SocketAddr> for procnet_address {
    #[inline]
    fn from(address: SocketAddr) -> procnet_address {
        let port = address.port();
        let mut bytes = [0; 16];
        match address {
            SocketAddr::V4(v4) => {
                bytes[..4].copy_from_slice(&v4.ip().octets());
                procnet_address { family: AF_INET, port, scope_id: 0, bytes }
            }
            SocketAddr::V6(v6) => procnet_address {
                family: AF_INET6,
                port,
                scope_id: v6.scope_id(),
                bytes: v6.ip().octets(),
            },
        }
    }
}

impl procnet_address {
    /// The address; `None` if the family is another one.
    pub(crate) fn socket_addr(&self) -> Option<SocketAddr> {
        let [a, b, c, d, ..] = self.bytes;
        match self.family {
            AF_INET => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::from([a, b, c, d])), self.port)),
            AF_INET6 => {
                let ip = Ipv6Addr::from(self.bytes);
                Some(SocketAddrV6::new(ip, self.port, 0, self.scope_id).into())
            }
            _ => None,
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_address_parse(
    text: Text<'_>,
    address: Out<procnet_address>,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let bytes = not_null(text.bytes(), "text")?;
        not_null(address, "address")?;
        let parsed = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
        let parsed: SocketAddr = parsed.ok_or_else(|| {
            let text = procnet::decode::escape::Escaped(bytes);
            Failure::invalid(format!(
                "\"{text}\" is not an address with a port, such as 127.0.0.1:80 or [::1]:80"
            ))
        })?;
        put(address, parsed.into());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_address_text(
    address: Option<&procnet_address>,
    text: TextOut<'_>,
    capacity: usize,
) -> usize {
    guard(0, || {
        let address = address.and_then(procnet_address::socket_addr);
        let shown = address.map(|address| address.to_string()).unwrap_or_default();
        text.write(capacity, &shown)
    })
}
