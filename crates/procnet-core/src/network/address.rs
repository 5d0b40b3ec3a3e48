//! The formats in which these tables print addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{ByteOrder, Error, ErrorKind, addr, field::Field, number, word};

/// `%08X`: a word in the byte order of the host.
pub(super) fn word(field: Field<'_>, order: ByteOrder) -> Result<Ipv4Addr, Error> {
    let digits = field.array::<8>()?;
    addr::ipv4(digits, order)
        .ok_or_else(|| field.error(ErrorKind::NotHex, number::first_not_hex(digits)))
}

/// `%pi6`: 32 digits in network order.
pub(super) fn packed(field: Field<'_>) -> Result<Ipv6Addr, Error> {
    let digits = field.array::<32>()?;
    // Network order is that of a big-endian host.
    addr::ipv6(digits, ByteOrder::Big)
        .ok_or_else(|| field.error(ErrorKind::NotHex, number::first_not_hex(digits)))
}

/// `%pI4`: four decimal numbers separated by dots.
pub(super) fn dotted(field: Field<'_>) -> Result<Ipv4Addr, Error> {
    let [mut a, mut b, mut c] = [0; 3];
    let mut rest = field;
    for octet in [&mut a, &mut b, &mut c] {
        let (number, more) = rest.split(b'.', rest.column)?;
        *octet = number.decimal8()?;
        rest = more;
    }
    Ok(Ipv4Addr::new(a, b, c, rest.decimal8()?))
}

/// `%pI6`: eight groups of four digits separated by colons, without `::`.
pub(super) fn grouped(field: Field<'_>) -> Result<Ipv6Addr, Error> {
    let mut groups = [0; 8];
    let mut rest = field;
    for (at, group) in groups.iter_mut().enumerate() {
        let (digits, more) = if at < 7 { rest.split(b':', rest.column)? } else { (rest, rest) };
        let four = digits.array::<4>()?;
        let not_hex = || digits.error(ErrorKind::NotHex, number::first_not_hex(four));
        *group = word::hex4(four).ok_or_else(not_hex)?;
        rest = more;
    }
    Ok(Ipv6Addr::from(groups))
}

/// `%pI4` or `%pI6`, depending on whether it contains a colon.
pub(super) fn text(field: Field<'_>) -> Result<IpAddr, Error> {
    if field.bytes.contains(&b':') {
        grouped(field).map(IpAddr::V6)
    } else {
        dotted(field).map(IpAddr::V4)
    }
}
