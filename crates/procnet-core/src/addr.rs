//! IPv4 and IPv6 addresses, printed by the kernel as hexadecimal words.
//!
//! `/proc/net/tcp` prints an IPv4 address as `%08X` of the word in memory, `/proc/net/tcp6`
//! an IPv6 address as four such words (net/ipv4/tcp_ipv4.c `get_tcp4_sock`,
//! net/ipv6/tcp_ipv6.c `get_tcp6_sock`). The bytes in memory are in network order, so the
//! text depends on the host's byte order.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::{ByteOrder, word};

/// Decodes an IPv4 address from eight digits; `None` if one is not a hexadecimal digit.
///
/// ```
/// use procnet_core::{ByteOrder, addr};
///
/// let loopback = Some([127, 0, 0, 1].into());
/// assert_eq!(addr::ipv4(b"0100007F", ByteOrder::Little), loopback);
/// assert_eq!(addr::ipv4(b"7F000001", ByteOrder::Big), loopback);
/// ```
#[inline]
#[must_use]
pub fn ipv4(digits: &[u8; 8], order: ByteOrder) -> Option<Ipv4Addr> {
    word::hex8(digits).map(|address| Ipv4Addr::from(order.bytes(address)))
}

/// Decodes an IPv6 address from 32 digits; `None` if one is not a hexadecimal digit.
///
/// IPv4-mapped addresses are returned as such (`::ffff:127.0.0.1`);
/// [`Ipv6Addr::to_canonical`] extracts the IPv4 address.
///
/// ```
/// use procnet_core::{ByteOrder, addr};
///
/// let mapped = addr::ipv6(b"0000000000000000FFFF00000100007F", ByteOrder::Little).unwrap();
/// assert_eq!(mapped.to_string(), "::ffff:127.0.0.1");
/// assert_eq!(mapped.to_canonical().to_string(), "127.0.0.1");
/// ```
#[inline]
#[must_use]
pub fn ipv6(digits: &[u8; 32], order: ByteOrder) -> Option<Ipv6Addr> {
    let mut address = 0;
    for digits in digits.chunks_exact(8) {
        let word = order.bytes(word::hex8(digits.first_chunk()?)?);
        address = address << 32 | u128::from(u32::from_be_bytes(word));
    }
    Some(Ipv6Addr::from_bits(address))
}
