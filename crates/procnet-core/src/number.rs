//! Numbers as the kernel prints them, each digit checked.
//!
//! Hexadecimal columns are decoded eight digits at a time in one integer register: every
//! byte is turned into a nibble, printed back, and compared with what was read, so that
//! no table and no branch per digit is needed and nothing but `0-9A-Fa-f` passes.

use atoi::FromRadix10Checked;

use crate::ErrorKind;

/// The eight nibbles of eight ASCII digits, a byte each, or `None` if one is no digit.
#[inline]
fn nibbles(digits: u64) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Bit 6 tells letters (0x41.. and 0x61..) from digits (0x30..).
    let letter = (digits >> 6) & ONES;
    let nibble = (digits & (ONES * 0x0F)) + letter * 9;
    // Printed back: '0' + nibble, and 7 more from 'A' on. Sums stay below 256: no carry.
    let beyond_nine = ((nibble + ONES * 6) >> 4) & ONES;
    let printed = nibble + ONES * 0x30 + beyond_nine * 7;
    let upper_case = digits & !(letter << 5);
    let wrong = (printed ^ upper_case) | (nibble & (ONES * 0xF0));
    (wrong == 0).then_some(nibble)
}

/// Eight hexadecimal digits.
#[inline]
pub(crate) fn hex8(digits: &[u8; 8]) -> Option<u32> {
    let nibble = nibbles(u64::from_be_bytes(*digits))?;
    let pairs = (nibble | (nibble >> 4)) & 0x00FF_00FF_00FF_00FF;
    let quads = (pairs | (pairs >> 8)) & 0x0000_FFFF_0000_FFFF;
    Some((quads | (quads >> 16)) as u32)
}

/// Four hexadecimal digits.
#[inline]
pub(crate) fn hex4(digits: &[u8; 4]) -> Option<u16> {
    let [a, b, c, d] = *digits;
    hex8(&[b'0', b'0', b'0', b'0', a, b, c, d]).map(|value| value as u16)
}

/// Two hexadecimal digits.
#[inline]
pub(crate) fn hex2(digits: &[u8; 2]) -> Option<u8> {
    let [a, b] = *digits;
    hex4(&[b'0', b'0', a, b]).map(|value| value as u8)
}

/// A run of one or more hexadecimal digits of any length whose value fits 64 bits.
pub(crate) fn hex(digits: &[u8]) -> Result<u64, Failure> {
    let mut value = 0_u64;
    for (at, byte) in digits.iter().enumerate() {
        let nibble = (*byte as char).to_digit(16).ok_or(Failure { kind: ErrorKind::NotHex, at })?;
        if value >> 60 != 0 {
            return Err(Failure { kind: ErrorKind::Overflow, at });
        }
        value = value << 4 | u64::from(nibble);
    }
    if digits.is_empty() {
        return Err(Failure { kind: ErrorKind::Missing, at: 0 });
    }
    Ok(value)
}

/// A run of one or more decimal digits whose value fits 64 bits.
#[inline]
pub(crate) fn decimal(digits: &[u8]) -> Result<u64, Failure> {
    match u64::from_radix_10_checked(digits) {
        (Some(value), used) if used == digits.len() && used > 0 => Ok(value),
        (value, used) => Err(not_decimal(digits, used, value.is_none())),
    }
}

#[cold]
fn not_decimal(digits: &[u8], used: usize, overflow: bool) -> Failure {
    // A run of digits that ends in something else is not a number, however large.
    let at = digits.iter().position(|byte| !byte.is_ascii_digit());
    match at {
        Some(at) => Failure { kind: ErrorKind::NotDecimal, at },
        None if overflow => Failure { kind: ErrorKind::Overflow, at: 0 },
        None => Failure { kind: ErrorKind::Missing, at: used },
    }
}

/// Why a run of digits is no number, and at which byte of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) at: usize,
}

/// Where the first byte that is no hexadecimal digit stands.
#[cold]
pub(crate) fn first_not_hex(digits: &[u8]) -> usize {
    digits.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_in_every_place_of_eight_digits() {
        for place in 0..8 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"1a2B3c4D";
                digits[place] = byte;
                let expected = core::str::from_utf8(&digits)
                    .ok()
                    .filter(|text| text.bytes().all(|digit| digit.is_ascii_hexdigit()))
                    .map(|text| u32::from_str_radix(text, 16).unwrap());
                assert_eq!(hex8(&digits), expected, "byte {byte:#x} in place {place}");
            }
        }
    }

    #[test]
    fn shorter_words() {
        assert_eq!(hex4(b"1F90"), Some(8080));
        assert_eq!(hex4(b" F90"), None);
        assert_eq!(hex2(b"0A"), Some(10));
        assert_eq!(hex2(b"0:"), None);
    }

    #[test]
    fn runs_of_hex() {
        assert_eq!(hex(b"FFFFFFFFFFFFFFFF"), Ok(u64::MAX));
        assert_eq!(hex(b"00000000000000000001"), Ok(1));
        assert_eq!(hex(b"10000000000000000").unwrap_err().kind, ErrorKind::Overflow);
        assert_eq!(hex(b"12g").unwrap_err(), Failure { kind: ErrorKind::NotHex, at: 2 });
        assert_eq!(hex(b"").unwrap_err().kind, ErrorKind::Missing);
    }

    #[test]
    fn runs_of_decimal() {
        assert_eq!(decimal(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(decimal(b"18446744073709551616").unwrap_err().kind, ErrorKind::Overflow);
        assert_eq!(decimal(b"+1").unwrap_err().kind, ErrorKind::NotDecimal);
        assert_eq!(decimal(b"12 ").unwrap_err(), Failure { kind: ErrorKind::NotDecimal, at: 2 });
        assert_eq!(decimal(b"").unwrap_err().kind, ErrorKind::Missing);
    }
}
