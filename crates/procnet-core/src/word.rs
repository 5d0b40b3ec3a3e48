//! Digits eight at a time, in one integer register.
//!
//! No table, and no branch per digit: a word of eight bytes is checked and turned into a
//! number by a dozen integer operations. [`number`](crate::number) has the plain forms for
//! runs of any length; the two are held together by tests.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = ONES * 0x80;
/// Eight blanks.
pub(crate) const BLANKS: u64 = ONES * 0x20;

/// Eight hexadecimal digits in upper case, the first in the highest byte, and a number that
/// is not 0 if one of them is no such digit.
///
/// Faults are a number so that those of many words can be gathered before they are asked.
#[inline]
pub(crate) fn upper8(word: u64) -> (u32, u64) {
    // Bit 6 tells letters (0x41 to 0x46) from digits (0x30 to 0x39).
    let letter = (word >> 6) & ONES;
    let nibble = (word & (ONES * 0x0F)) + letter * 9;
    // The upper half of a byte is 3 for a digit, 4 for a letter.
    let half = (word & (ONES * 0xF0)) ^ (ONES * 0x30 + (letter << 4));
    // A letter, and nothing else, is 10 or more, and nothing is 16 or more. Wrong nibbles are
    // 24 at most: no carry.
    let ten = (nibble + ONES * 6) ^ (letter << 4);
    let wrong = half | ((ten | nibble) & (ONES * 0x10));
    let pairs = (nibble | (nibble >> 4)) & 0x00FF_00FF_00FF_00FF;
    let quads = (pairs | (pairs >> 8)) & 0x0000_FFFF_0000_FFFF;
    ((quads | (quads >> 16)) as u32, wrong)
}

/// Eight hexadecimal digits in either case.
#[inline]
pub(crate) fn hex8(digits: &[u8; 8]) -> Option<u32> {
    let word = u64::from_be_bytes(*digits);
    // Letters in lower case are 0x61 to 0x66; without bit 5, those in upper case.
    let letter = (word >> 6) & ONES;
    let (value, wrong) = upper8(word & !(letter << 5));
    // Bit 7 went through untouched and is wrong in either half.
    (wrong == 0).then_some(value)
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

/// In how many of the first bytes of a little-endian word there is no `byte`.
#[inline]
pub(crate) fn before(word: u64, byte: u8) -> usize {
    let other = word ^ (ONES * u64::from(byte));
    // Borrows may mark bytes behind the first that is equal, none before it.
    let equal = other.wrapping_sub(ONES) & !other & HIGHS;
    equal.trailing_zeros() as usize / 8
}

/// 0x80 in each byte that is no decimal digit.
#[inline]
fn not_decimal(word: u64) -> u64 {
    let digit = word ^ (ONES * 0x30);
    (((digit & !HIGHS) + ONES * 0x76) | digit) & HIGHS
}

/// The number that eight bytes make, the first of them in the lowest place of the word.
/// Only their low nibbles count, so a byte of 0 is a leading 0.
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
    // Blanks are 0x20, digits 0x30 to 0x39: bit 4 tells them apart, the three bits above it
    // are the same, and a blank's nibble is 0.
    let nibble = word & (ONES * 0x0F);
    let blank = (!word >> 4) & ONES;
    let filled = blank * 0xFF;
    let above = (word & (ONES * 0xE0)) ^ BLANKS;
    let beyond_nine = (nibble + ONES * 6) & (ONES * 0x10);
    // Blanks come first, so they fill the word's low bytes without a gap, but not the last.
    let gap = filled & filled.wrapping_add(1);
    let wrong = above | beyond_nine | (nibble & filled) | gap | (blank >> 56);
    (wrong == 0).then(|| decimal8(word))
}

/// A decimal number of one to seven digits, of which a blank follows the last, and how many
/// they are.
#[inline]
pub(crate) fn short(bytes: &[u8; 8]) -> Option<(u32, usize)> {
    let word = u64::from_le_bytes(*bytes);
    let (number, length) = run(word, not_decimal(word))?;
    (length > 0).then_some((number, length))
}

/// A decimal number of one to fifteen digits, of which a blank follows the last, and how
/// many they are.
#[inline]
pub(crate) fn digits(bytes: &[u8; 16]) -> Option<(u64, usize)> {
    let ([low, high], _) = bytes.as_chunks::<8>() else { return None };
    let (low, high) = (u64::from_le_bytes(*low), u64::from_le_bytes(*high));
    let end = not_decimal(low);
    if end != 0 {
        let (number, length) = run(low, end)?;
        return (length > 0).then_some((u64::from(number), length));
    }
    // Eight digits, and those that follow.
    const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    let (rest, length) = run(high, not_decimal(high))?;
    let eight = u64::from(decimal8(low)) * POWERS.get(length)?;
    Some((eight + u64::from(rest), 8 + length))
}

/// The number that the first bytes of a word make, up to a blank, which is where `end` has
/// its lowest bit, and how many they are; 0 if they are none.
#[inline]
fn run(word: u64, end: u64) -> Option<(u32, usize)> {
    // 8 times the number of digits: the bit is the highest of its byte.
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
    fn every_byte_in_every_place_of_eight_hexadecimal_digits() {
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
    fn shorter_hexadecimal_words() {
        assert_eq!(hex4(b"1F90"), Some(8080));
        assert_eq!(hex4(b" F90"), None);
        assert_eq!(hex2(b"0A"), Some(10));
        assert_eq!(hex2(b"0:"), None);
    }

    #[test]
    fn every_place_of_a_byte() {
        for place in 0..=8 {
            for other in 0..=u8::MAX {
                let mut bytes = [other; 8];
                if let Some(byte) = bytes.get_mut(place) {
                    *byte = b':';
                }
                let expected = bytes.iter().position(|byte| *byte == b':').unwrap_or(8);
                assert_eq!(before(u64::from_le_bytes(bytes), b':'), expected, "{bytes:?}");
            }
        }
    }

    /// What a padded number means, said plainly.
    fn padded_naive(bytes: &[u8]) -> Option<u32> {
        let text = core::str::from_utf8(bytes).ok()?.trim_start_matches(' ');
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().unwrap())
    }

    #[test]
    fn every_byte_in_every_place_of_a_padded_number() {
        for text in ["12345678", "   45678", "       8", "        "] {
            for place in 0..8 {
                for byte in 0..=u8::MAX {
                    let mut bytes: [u8; 8] = text.as_bytes().try_into().unwrap();
                    bytes[place] = byte;
                    let word = u64::from_le_bytes(bytes);
                    assert_eq!(padded8(word), padded_naive(&bytes), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn every_byte_in_every_place_of_digits() {
        for length in 1..=15 {
            let text = format!("{:<16}", &"987654321012345"[..length]);
            for place in 0..16 {
                for byte in 0..=u8::MAX {
                    let mut bytes: [u8; 16] = text.as_bytes().try_into().unwrap();
                    bytes[place] = byte;
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
