//! Fields as format strings print them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procnet_core::ByteOrder;

/// `%08X` of the word in memory.
pub(crate) fn word(address: Ipv4Addr, order: ByteOrder) -> String {
    let octets = address.octets();
    let number = match order {
        ByteOrder::Little => u32::from_le_bytes(octets),
        ByteOrder::Big => u32::from_be_bytes(octets),
    };
    format!("{number:08X}")
}

/// `%pi6`.
pub(crate) fn packed(address: Ipv6Addr) -> String {
    format!("{:032x}", address.to_bits())
}

/// `%pI4` or `%pI6`.
pub(crate) fn text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let groups = address.segments().map(|group| format!("{group:04x}"));
            groups.join(":")
        }
    }
}

/// Texts and names in one line.
pub(crate) fn line(parts: &[&[u8]]) -> Vec<u8> {
    let mut line = parts.concat();
    line.push(b'\n');
    line
}

/// `%Ns`, or `%-Ns` if the width is below 0.
pub(crate) fn padded(name: &[u8], width: isize) -> Vec<u8> {
    let blanks = vec![b' '; width.unsigned_abs().saturating_sub(name.len())];
    if width < 0 { [name, &blanks].concat() } else { [&blanks, name].concat() }
}
