//! The decimal columns: the row number before the head, and the columns after it.

use super::super::{Tail, TcpTail};
use crate::{
    Inode,
    word::{self, BLANKS},
};

/// The row number, which ends at the colon before `body`.
#[inline(always)]
pub(super) fn slot(line: &[u8], body: usize) -> Option<u32> {
    let word = u64::from_le_bytes(*line.first_chunk()?);
    // Eight bytes that end with its last digit, padded with blanks on the left.
    let digits = 8 * body.checked_sub(1)? as u32;
    let blanks = BLANKS.checked_shr(digits)?;
    word::padded8(word.checked_shl(64_u32.checked_sub(digits)?)? | blanks)
}

/// `uid` and `timeout`, if they have the width that kernels pad them to, and the columns after
/// them.
#[inline(always)]
pub(super) fn users(tail: &[u8]) -> Option<(u32, u32, Numbers<'_>)> {
    // ` %5u %8d `
    let (users, rest) = tail.split_first_chunk::<16>()?;
    let first = u64::from_le_bytes(*users.first_chunk()?);
    let second = u64::from_le_bytes(*users.last_chunk()?);
    // `uid` with the blank before it is six bytes; two more blanks pad it to eight.
    let uid = word::padded8(first << 16 | BLANKS & 0xFFFF)?;
    // Unanswered probes are rare.
    const NONE: u64 = u64::from_le_bytes(*b"      0 ");
    let timeout = if first >> 48 == BLANKS & 0xFFFF && second == NONE {
        0
    } else {
        let [b' ', timeout @ .., b' '] = users.last_chunk::<10>()? else { return None };
        word::padded8(u64::from_le_bytes(*timeout))?
    };
    Some((uid, timeout, Numbers(rest)))
}

#[inline(always)]
pub(in super::super) fn uid(tail: &[u8]) -> Option<u32> {
    users(tail).map(|(uid, ..)| uid)
}

#[inline(always)]
pub(in super::super) fn inode(tail: &[u8]) -> Option<Option<Inode>> {
    let (.., mut rest) = users(tail)?;
    rest.next().map(Inode::new)
}

/// Decimal numbers, separated by one blank.
pub(super) struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<u64> {
        if let Some((number, length)) = self.0.first_chunk().and_then(word::short) {
            self.0 = self.0.get(length + 1..)?;
            return Some(u64::from(number));
        }
        self.other()
    }

    /// A number of 64 bits, usually of one to three digits.
    #[inline(always)]
    fn small64(&mut self) -> Option<u64> {
        match self.few_digits() {
            Some(number) => Some(u64::from(number)),
            None => self.other(),
        }
    }

    /// A number of 32 bits, usually of one to three digits.
    #[inline(always)]
    pub(super) fn small32(&mut self) -> Option<u32> {
        match self.few_digits() {
            Some(number) => Some(number),
            None => u32::try_from(self.other()?).ok(),
        }
    }

    /// A number of one to three digits and a blank; consumes nothing else.
    #[inline(always)]
    fn few_digits(&mut self) -> Option<u32> {
        // Greater than 9 unless it is a digit.
        let digit = |byte: u8| u32::from(byte.wrapping_sub(b'0'));
        let (number, rest) = match *self.0 {
            [a, b' ', ref rest @ ..] if digit(a) <= 9 => (digit(a), rest),
            [a, b, b' ', ref rest @ ..] if digit(a) <= 9 && digit(b) <= 9 => {
                (10 * digit(a) + digit(b), rest)
            }
            [a, b, c, b' ', ref rest @ ..] if digit(a) <= 9 && digit(b) <= 9 && digit(c) <= 9 => {
                (100 * digit(a) + 10 * digit(b) + digit(c), rest)
            }
            _ => return None,
        };
        self.0 = rest;
        Some(number)
    }

    /// A number of up to 15 digits.
    #[inline(always)]
    fn other(&mut self) -> Option<u64> {
        // By value, so that the rest of the line stays in registers.
        let (number, length) = other(self.0)?;
        // Skips the blank; there is none at the end of the line.
        self.0 = self.0.get(length + 1..).unwrap_or_default();
        Some(number)
    }

    /// Skips the pointer, if it has the 16 digits of 64-bit kernels.
    #[inline(always)]
    pub(super) fn skip_pointer(&mut self) -> Option<()> {
        let (pointer, rest) = self.0.split_first_chunk::<16>()?;
        let digits = pointer.iter().fold(true, |all, byte| all & (*byte > b' '));
        let rest = match rest {
            [b' ', rest @ ..] => rest,
            [] => rest,
            _ => return None,
        };
        self.0 = rest;
        digits.then_some(())
    }

    /// The columns after the pointer.
    #[inline(always)]
    pub(super) fn last(mut self, tail: Tail) -> Option<(Option<u32>, Option<TcpTail>)> {
        if self.at_end() {
            return Some((None, None));
        }
        match tail {
            Tail::Datagram => Some((Some(self.small32()?), None)),
            Tail::Tcp => Some((None, Some(self.tcp()?))),
        }
    }

    /// Whether only blanks are left.
    #[inline(always)]
    fn at_end(&self) -> bool {
        // The first byte decides for most rows: a digit, or the first of many blanks.
        self.0.first().is_none_or(|byte| *byte == b' ') && self.0.iter().all(|byte| *byte == b' ')
    }

    #[inline(always)]
    fn tcp(&mut self) -> Option<TcpTail> {
        let (rto, ato) = (self.small64()?, self.small64()?);
        let (quick_pingpong, cwnd) = (self.small32()?, self.small32()?);
        let negative = self.0.first() == Some(&b'-');
        if negative {
            self.0 = self.0.get(1..)?;
        }
        let ssthresh = i32::try_from(self.small32()?).ok()?;
        let ssthresh = if negative { -ssthresh } else { ssthresh };
        Some(TcpTail { rto, ato, quick_pingpong, cwnd, ssthresh })
    }
}

/// The number of up to 15 digits at the start of `bytes`, and its length.
#[inline(never)]
fn other(bytes: &[u8]) -> Option<(u64, usize)> {
    match bytes.first_chunk() {
        Some(chunk) => word::digits(chunk),
        None => {
            // The rest of the line, padded with blanks.
            let mut chunk = [b' '; 16];
            for (place, byte) in chunk.iter_mut().zip(bytes) {
                *place = *byte;
            }
            word::digits(&chunk)
        }
    }
}
