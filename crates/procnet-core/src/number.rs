//! Numbers of any length; each digit is checked.

use atoi::FromRadix10;

use crate::ErrorKind;

/// Parses one or more hexadecimal digits whose value fits 64 bits.
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

/// Parses one or more decimal digits whose value fits 64 bits.
#[inline]
pub(crate) fn decimal(digits: &[u8]) -> Result<u64, Failure> {
    /// The number of decimal digits that always fit 64 bits.
    const SAFE: usize = u64::MAX.ilog10() as usize;
    // Not `FromRadix10Checked`: it compiles to a bounds check that can panic.
    let (safe, more) = digits.split_at_checked(SAFE).unwrap_or((digits, &[]));
    match u64::from_radix_10(safe) {
        (value, used) if used == digits.len() && used > 0 => Ok(value),
        (value, _) => long_decimal(digits, value, more),
    }
}

/// Continues `value` with the digits in `more`, or finds what is wrong with `digits`.
#[cold]
fn long_decimal(digits: &[u8], value: u64, more: &[u8]) -> Result<u64, Failure> {
    // A byte that is not a digit takes precedence over an overflow.
    if let Some(at) = digits.iter().position(|byte| !byte.is_ascii_digit()) {
        return Err(Failure { kind: ErrorKind::NotDecimal, at });
    }
    if digits.is_empty() {
        return Err(Failure { kind: ErrorKind::Missing, at: 0 });
    }
    let append = |value: u64, digit: u8| value.checked_mul(10)?.checked_add(u64::from(digit));
    let value = more.iter().map(|digit| digit & 0xF).try_fold(value, append);
    value.ok_or(Failure { kind: ErrorKind::Overflow, at: 0 })
}

/// Why the digits are not a number, and the offset of the offending byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) at: usize,
}

/// The offset of the first byte that is not a hexadecimal digit.
#[cold]
pub(crate) fn first_not_hex(digits: &[u8]) -> usize {
    digits.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_numbers_of_any_length() {
        assert_eq!(hex(b"FFFFFFFFFFFFFFFF"), Ok(u64::MAX));
        assert_eq!(hex(b"00000000000000000001"), Ok(1));
        assert_eq!(hex(b"10000000000000000").unwrap_err().kind, ErrorKind::Overflow);
        assert_eq!(hex(b"12g").unwrap_err(), Failure { kind: ErrorKind::NotHex, at: 2 });
        assert_eq!(hex(b"").unwrap_err().kind, ErrorKind::Missing);
    }

    #[test]
    fn decimal_numbers_of_any_length() {
        assert_eq!(decimal(b"9999999999999999999"), Ok(9_999_999_999_999_999_999));
        assert_eq!(decimal(b"18446744073709551615"), Ok(u64::MAX));
        assert_eq!(decimal(b"00018446744073709551615"), Ok(u64::MAX));
        assert_eq!(decimal(b"18446744073709551616").unwrap_err().kind, ErrorKind::Overflow);
        assert_eq!(decimal(b"20000000000000000000").unwrap_err().kind, ErrorKind::Overflow);
        assert_eq!(decimal(b"99999999999999999999 ").unwrap_err().kind, ErrorKind::NotDecimal);
        assert_eq!(decimal(b"+1").unwrap_err().kind, ErrorKind::NotDecimal);
        assert_eq!(decimal(b"12 ").unwrap_err(), Failure { kind: ErrorKind::NotDecimal, at: 2 });
        assert_eq!(decimal(b"").unwrap_err().kind, ErrorKind::Missing);
    }
}
