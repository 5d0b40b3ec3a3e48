//! Parquet's encoding of numbers as differences to the one before (`DELTA_BINARY_PACKED`, in parquet-format's
//! Encodings.md).

use std::ops::Range;

use arrow_array::{
    ArrayRef,
    cast::AsArray as _,
    types::{Int64Type, TimestampNanosecondType, UInt32Type, UInt64Type},
};
use arrow_schema::{DataType, TimeUnit};
use parquet::file::statistics::{Statistics, ValueStatistics};

use super::hybrid::varint;

/// The numbers of a page, and what is known of those before.
pub(super) struct Differences {
    kind: Kind,
    /// As Parquet has them: unsigned numbers are the signed ones of the same bits.
    page: Vec<i64>,
    /// The smallest and the largest of the pages that are whole.
    range: Option<(i64, i64)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    UInt32,
    UInt64,
    Int64,
    Moment,
}

/// The differences of a mini block have a width of bits in common, the mini blocks of a block a smallest difference.
/// Readers take any multiple of 32; these are the sizes that the crate `parquet` has, for 32 and for 64 bits.
const MINI_BLOCK_32: usize = 32;
const MINI_BLOCK_64: usize = 64;
const MINI_BLOCKS: usize = 4;

impl Differences {
    /// Of a column of this type, if there are numbers in it.
    pub(super) fn of(kind: &DataType) -> Option<Differences> {
        let kind = match kind {
            DataType::UInt32 => Kind::UInt32,
            DataType::UInt64 => Kind::UInt64,
            DataType::Int64 => Kind::Int64,
            DataType::Timestamp(TimeUnit::Nanosecond, _) => Kind::Moment,
            _ => return None,
        };
        Some(Differences { kind, page: Vec::new(), range: None })
    }

    /// Adds the numbers of these rows, none of which is null.
    pub(super) fn push(&mut self, array: &ArrayRef, rows: Range<usize>) {
        match self.kind {
            Kind::UInt32 => {
                let numbers = &array.as_primitive::<UInt32Type>().values()[rows];
                self.page.extend(numbers.iter().map(|number| i64::from(*number as i32)));
            }
            Kind::UInt64 => {
                let numbers = &array.as_primitive::<UInt64Type>().values()[rows];
                self.page.extend(numbers.iter().map(|number| *number as i64));
            }
            Kind::Int64 => {
                self.page.extend_from_slice(&array.as_primitive::<Int64Type>().values()[rows]);
            }
            Kind::Moment => {
                let moments = array.as_primitive::<TimestampNanosecondType>();
                self.page.extend_from_slice(&moments.values()[rows]);
            }
        }
    }

    /// Encodes the page. Then it is empty.
    pub(super) fn end_page(&mut self, out: &mut Vec<u8>) {
        match self.kind {
            Kind::UInt32 => encode::<MINI_BLOCK_32>(&self.page, out),
            Kind::UInt64 => encode::<MINI_BLOCK_64>(&self.page, out),
            Kind::Int64 | Kind::Moment => {
                encode::<MINI_BLOCK_64>(&self.page, out);
                let before = self.range.into_iter().flat_map(<[i64; 2]>::from);
                let numbers = self.page.iter().copied().chain(before);
                self.range = numbers.clone().min().zip(numbers.max());
            }
        }
        self.page.clear();
    }

    /// The smallest and the largest number of all pages, and how many rows are null. Of unsigned numbers, whose
    /// order is not that of Parquet's integers, nothing.
    pub(super) fn statistics(&self, nulls: u64) -> Option<Statistics> {
        match self.kind {
            Kind::UInt32 | Kind::UInt64 => None,
            Kind::Int64 | Kind::Moment => {
                let (min, max) = self.range.unzip();
                let statistics = ValueStatistics::new(min, max, None, Some(nulls), false);
                // Old readers know only the older fields, which are right for signed numbers.
                Some(Statistics::Int64(statistics.with_backwards_compatible_min_max(true)))
            }
        }
    }
}

/// Encodes numbers, which have 32 bits if a mini block is one of 32, and 64 if not.
fn encode<const MINI_BLOCK: usize>(numbers: &[i64], out: &mut Vec<u8>) {
    let minus = |one: i64, other: i64| match MINI_BLOCK {
        MINI_BLOCK_32 => i64::from((one as i32).wrapping_sub(other as i32)),
        _ => one.wrapping_sub(other),
    };
    let unsigned = |number: i64| match MINI_BLOCK {
        MINI_BLOCK_32 => u64::from(number as u32),
        _ => number as u64,
    };
    varint((MINI_BLOCK * MINI_BLOCKS) as u64, out);
    varint(MINI_BLOCKS as u64, out);
    varint(numbers.len() as u64, out);
    zigzag(numbers.first().copied().unwrap_or(0), out);
    let mut differences = [[0; MINI_BLOCK]; MINI_BLOCKS];
    let mut last = 0;
    while last + 1 < numbers.len() {
        let pairs = numbers[last..].windows(2).take(MINI_BLOCK * MINI_BLOCKS);
        let count = pairs.len();
        let block = differences.as_flattened_mut();
        for (difference, pair) in block.iter_mut().zip(pairs) {
            *difference = minus(pair[1], pair[0]);
        }
        let smallest = block[..count].iter().copied().min().unwrap_or(0);
        // What follows the last number is not read.
        block[count..].fill(smallest);
        zigzag(smallest, out);
        let widths = out.len();
        out.extend_from_slice(&[0; MINI_BLOCKS]);
        for (at, mini_block) in differences.iter().enumerate().take(count.div_ceil(MINI_BLOCK)) {
            let above = mini_block.map(|difference| unsigned(minus(difference, smallest)));
            let all = above.iter().fold(0, |all, one| all | one);
            let width = u64::BITS - all.leading_zeros();
            out[widths + at] = width as u8;
            pack(&above, width, out);
        }
        last += count;
    }
}

/// Numbers of so many bits, one behind the other, in whole bytes.
fn pack(numbers: &[u64], bits: u32, out: &mut Vec<u8>) {
    if bits == 0 {
        return;
    }
    let (mut word, mut filled) = (0, 0);
    for number in numbers {
        word |= number << filled;
        filled += bits;
        if filled >= u64::BITS {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= u64::BITS;
            // The bits for which there was no room.
            word = if filled == 0 { 0 } else { number >> (bits - filled) };
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..(filled / 8) as usize]);
}

fn zigzag(number: i64, out: &mut Vec<u8>) {
    varint((number << 1 ^ number >> (i64::BITS - 1)) as u64, out);
}
