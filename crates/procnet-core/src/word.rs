//! Numbers of a known width, decoded a word at a time without a branch per digit.
//!
//! Hexadecimal digits are looked up in one table per position, so a number is an `or` of
//! independent loads. Eight decimal digits are checked and converted with a dozen integer
//! operations on one word. [`number`](crate::number) has plain implementations for any length;
//! tests compare the two.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES * 0x80;
/// Eight blanks.
pub(crate) const BLANKS: u64 = ONES * 0x20;

/// For each of the last eight positions of a number and each byte: the value that the digit
/// contributes, or [`NO_DIGIT`].
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, so a panic is a compile error"
)]
static HEX: [[u64; 256]; 8] = {
    let mut table = [[NO_DIGIT; 256]; 8];
    let mut position = 0;
    while position < 8 {
        let mut digit = 0;
        while digit < 16 {
            let byte = b"0123456789abcdef"[digit];
            let adds = (digit as u64) << (4 * (7 - position));
            table[position][byte as usize] = adds;
            table[position][byte.to_ascii_uppercase() as usize] = adds;
            digit += 1;
        }
        position += 1;
    }
    table
};

/// A bit above any number of eight hexadecimal digits.
pub(crate) const NO_DIGIT: u64 = 1 << 32;

/// At most eight hexadecimal digits in either case; at least [`NO_DIGIT`] if one is invalid.
///
/// As errors are part of the number, those of several numbers can be combined and tested once.
#[inline(always)]
pub(crate) fn hex<const N: usize>(digits: &[u8; N]) -> u64 {
    let (_, tables) = HEX.split_at(8 - N);
    // There is an entry for every byte, so the compiler removes the bounds check.
    let adds =
        digits.iter().zip(tables).filter_map(|(digit, table)| table.get(usize::from(*digit)));
    adds.fold(0, |number, adds| number | adds)
}

/// Eight hexadecimal digits.
#[inline]
pub(crate) fn hex8(digits: &[u8; 8]) -> Option<u32> {
    u32::try_from(hex(digits)).ok()
}

/// Four hexadecimal digits.
#[inline]
pub(crate) fn hex4(digits: &[u8; 4]) -> Option<u16> {
    u16::try_from(hex(digits)).ok()
}

/// Two hexadecimal digits.
#[inline]
pub(crate) fn hex2(digits: &[u8; 2]) -> Option<u8> {
    u8::try_from(hex(digits)).ok()
}

/// The number of bytes before the first `byte` in a little-endian word; 8 if there is none.
#[inline]
pub(crate) fn before(word: u64, byte: u8) -> usize {
    let other = word ^ (ONES * u64::from(byte));
    // Borrows may mark bytes after the first match, but none before it.
    let equal = other.wrapping_sub(ONES) & !other & HIGHS;
    equal.trailing_zeros() as usize / 8
}

/// 0x80 in each byte that is not a decimal digit.
#[inline]
fn not_decimal(word: u64) -> u64 {
    let digit = word ^ (ONES * 0x30);
    (((digit & !HIGHS) + ONES * 0x76) | digit) & HIGHS
}

/// The number that eight decimal digits form, the first in the lowest byte of the word. Only the
/// low nibbles are used, so a byte of 0 is a leading 0.
#[inline]
fn decimal8(word: u64) -> u32 {
    let digits = word & (ONES * 0x0F);
    let pairs = (digits.wrapping_mul(10 << 8 | 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let quads = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    (quads.wrapping_mul(10_000 << 32 | 1) >> 32) as u32
}

/// A decimal number of one to eight digits, right-aligned in blanks, in the eight bytes of a
/// little-endian word.
#[inline]
pub(crate) fn padded8(word: u64) -> Option<u32> {
    // Blanks are 0x20, digits 0x30 to 0x39: bit 4 distinguishes them, the three bits above it are
    // the same, and the low nibble of a blank is 0.
    let nibble = word & (ONES * 0x0F);
    let blank = (!word >> 4) & ONES;
    let filled = blank * 0xFF;
    let above = (word & (ONES * 0xE0)) ^ BLANKS;
    let beyond_nine = (nibble + ONES * 6) & (ONES * 0x10);
    // Blanks come first, so they fill the low bytes of the word contiguously, except the last.
    let gap = filled & filled.wrapping_add(1);
    let wrong = above | beyond_nine | (nibble & filled) | gap | (blank >> 56);
    (wrong == 0).then(|| decimal8(word))
}

/// A decimal number of one to seven digits followed by a blank, and the number of its digits.
#[inline]
pub(crate) fn short(bytes: &[u8; 8]) -> Option<(u32, usize)> {
    let word = u64::from_le_bytes(*bytes);
    let (number, length) = run(word, not_decimal(word))?;
    (length > 0).then_some((number, length))
}

/// A decimal number of one to fifteen digits followed by a blank, and the number of its digits.
#[inline]
pub(crate) fn digits(bytes: &[u8; 16]) -> Option<(u64, usize)> {
    let low = u64::from_le_bytes(*bytes.first_chunk()?);
    let high = u64::from_le_bytes(*bytes.last_chunk()?);
    let end = not_decimal(low);
    if end != 0 {
        let (number, length) = run(low, end)?;
        return (length > 0).then_some((u64::from(number), length));
    }
    // Eight digits, and the remaining ones.
    const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    let (rest, length) = run(high, not_decimal(high))?;
    let eight = u64::from(decimal8(low)) * POWERS.get(length)?;
    Some((eight + u64::from(rest), 8 + length))
}

/// The number that the first bytes of a word form, up to the blank at the lowest bit of `end`, and
/// the number of its digits; 0 for no digits.
#[inline]
fn run(word: u64, end: u64) -> Option<(u32, usize)> {
    // 8 times the number of digits, as the bit is the highest of its byte.
    let width = end.trailing_zeros() & !7;
    let blank = word.checked_shr(width)? as u8 == b' ';
    let shifted = word.checked_shl(64 - width).unwrap_or(0);
    blank.then(|| (decimal8(shifted), width as usize / 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{format, string::String};

    #[test]
    fn eight_hexadecimal_digits_with_every_byte_in_every_position() {
        for position in 0..8 {
            for byte in 0..=u8::MAX {
                let mut digits = *b"1a2B3c4D";
                digits[position] = byte;
                let expected = core::str::from_utf8(&digits)
                    .ok()
                    .filter(|text| text.bytes().all(|digit| digit.is_ascii_hexdigit()))
                    .map(|text| u32::from_str_radix(text, 16).unwrap());
                assert_eq!(hex8(&digits), expected, "byte {byte:#x} in position {position}");
            }
        }
    }

    #[test]
    fn shorter_hexadecimal_numbers() {
        assert_eq!(hex4(b"1F90"), Some(8080));
        assert_eq!(hex4(b" F90"), None);
        assert_eq!(hex2(b"0A"), Some(10));
        assert_eq!(hex2(b"0:"), None);
    }

    #[test]
    fn a_byte_is_found_in_every_position() {
        for position in 0..=8 {
            for other in 0..=u8::MAX {
                let mut bytes = [other; 8];
                if let Some(byte) = bytes.get_mut(position) {
                    *byte = b':';
                }
                let expected = bytes.iter().position(|byte| *byte == b':').unwrap_or(8);
                assert_eq!(before(u64::from_le_bytes(bytes), b':'), expected, "{bytes:?}");
            }
        }
    }

    /// A plain implementation of [`padded8`].
    fn padded_naive(bytes: &[u8]) -> Option<u32> {
        let text = core::str::from_utf8(bytes).ok()?.trim_start_matches(' ');
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().unwrap())
    }

    #[test]
    fn a_padded_number_with_every_byte_in_every_position() {
        for text in ["12345678", "   45678", "       8", "        "] {
            for position in 0..8 {
                for byte in 0..=u8::MAX {
                    let mut bytes: [u8; 8] = text.as_bytes().try_into().unwrap();
                    bytes[position] = byte;
                    let word = u64::from_le_bytes(bytes);
                    assert_eq!(padded8(word), padded_naive(&bytes), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn digits_with_every_byte_in_every_position() {
        for length in 1..=15 {
            let text = format!("{:<16}", &"987654321012345"[..length]);
            for position in 0..16 {
                for byte in 0..=u8::MAX {
                    let mut bytes: [u8; 16] = text.as_bytes().try_into().unwrap();
                    bytes[position] = byte;
                    let end = bytes.iter().position(|byte| !byte.is_ascii_digit());
                    let number: String = bytes.iter().map(|digit| *digit as char).collect();
                    let expected = end
                        .filter(|end| *end > 0 && bytes[*end] == b' ')
                        .map(|end| (number[..end].parse().unwrap(), end));
                    assert_eq!(digits(&bytes), expected, "{bytes:?}");
                    let first = bytes.first_chunk().unwrap();
                    let expected = expected.filter(|(_, end)| *end < 8);
                    assert_eq!(short(first).map(|(n, end)| (n.into(), end)), expected);
                }
            }
        }
    }
}
