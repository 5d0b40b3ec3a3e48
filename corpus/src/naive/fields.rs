//! Words, numbers and addresses in the tables of the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procnet_core::ByteOrder;

use super::text;

/// The words between blanks and tabs.
pub(crate) fn words(line: &[u8]) -> Vec<&[u8]> {
    line.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty()).collect()
}

pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// A hexadecimal number that fits its type.
pub(crate) fn hex<T: TryFrom<u64>>(word: &[u8]) -> Option<T> {
    (!word.is_empty()).then_some(())?;
    T::try_from(text::hex(word)?).ok()
}

/// A decimal number that fits its type.
pub(crate) fn decimal<T: TryFrom<u64>>(word: &[u8]) -> Option<T> {
    T::try_from(text::decimal(word)?).ok()
}

/// A prefix length.
pub(crate) fn prefix_length(word: &[u8]) -> Option<u8> {
    hex(word).filter(|length| *length <= 128)
}

/// An IPv4 address as a word in the host's byte order.
pub(crate) fn word(digits: &[u8], order: ByteOrder) -> Option<Ipv4Addr> {
    let number: u32 = hex(digits).filter(|_| digits.len() == 8)?;
    Some(Ipv4Addr::from(match order {
        ByteOrder::Little => number.to_le_bytes(),
        ByteOrder::Big => number.to_be_bytes(),
    }))
}

/// An IPv6 address as 32 digits in network order.
pub(crate) fn packed(digits: &[u8]) -> Option<Ipv6Addr> {
    let text = std::str::from_utf8(digits).ok()?;
    let right = text.len() == 32 && text.chars().all(|digit| digit.is_ascii_hexdigit());
    right.then(|| u128::from_str_radix(text, 16).expect("32 digits").into())
}

/// An address of four decimal numbers with dots, or of eight groups with colons.
pub(crate) fn address(text: &[u8]) -> Option<IpAddr> {
    if !text.contains(&b':') {
        return dotted(text).map(IpAddr::V4);
    }
    let groups = text.split(|byte| *byte == b':');
    let groups: Option<Vec<u16>> =
        groups.map(|group| hex(group).filter(|_| group.len() == 4)).collect();
    Some(IpAddr::from(<[u16; 8]>::try_from(groups?).ok()?))
}

pub(crate) fn dotted(text: &[u8]) -> Option<Ipv4Addr> {
    let octets: Option<Vec<u8>> = text.split(|byte| *byte == b'.').map(decimal).collect();
    Some(Ipv4Addr::from(<[u8; 4]>::try_from(octets?).ok()?))
}
