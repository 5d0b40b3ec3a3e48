//! Parquet's encoding of levels and dictionary indices: runs of one value, and groups of eight bit-packed
//! ones (`RLE`, "run length encoding / bit-packing hybrid", in parquet-format's Encodings.md).

/// Values that are often the same as the one before.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// A value, and how often it follows; no neighbours have the same value.
    runs: Vec<(u32, u32)>,
    len: usize,
}

impl Runs {
    #[inline]
    pub(super) fn push(&mut self, value: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.len += count;
        match self.runs.last_mut() {
            Some((last, times)) if *last == value => *times += count as u32,
            _ => self.runs.push((value, count as u32)),
        }
    }

    pub(super) fn append(&mut self, other: &Runs) {
        for (value, count) in &other.runs {
            self.push(*value, *count as usize);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn clear(&mut self) {
        self.runs.clear();
        self.len = 0;
    }

    /// Encodes all of them, each with so many bits.
    pub(super) fn encode(&self, bits: u32, out: &mut Vec<u8>) {
        let mut packed = Packed::default();
        for (value, mut count) in self.runs.iter().copied() {
            // A group is filled first, as all but the last have eight values.
            while count > 0 && packed.pending > 0 {
                packed.push(value, bits, out);
                count -= 1;
            }
            if count >= 8 {
                packed.end(out);
                varint(count << 1, out);
                out.extend_from_slice(&value.to_le_bytes()[..bits.div_ceil(8) as usize]);
                count = 0;
            }
            for _ in 0..count {
                packed.push(value, bits, out);
            }
        }
        while packed.pending > 0 {
            packed.push(0, bits, out);
        }
        packed.end(out);
    }
}

/// The number of bits that values up to this one take.
pub(super) fn bits(greatest: u32) -> u32 {
    u32::BITS - greatest.leading_zeros()
}

/// A run of groups of eight bit-packed values.
#[derive(Default)]
struct Packed {
    /// Where its header is.
    header: usize,
    groups: u8,
    /// The values of the last group, which is not full.
    pending: u32,
    word: u64,
    filled: u32,
}

/// Its header is one byte then, as in files of other writers.
const MOST_GROUPS: u8 = 63;

impl Packed {
    #[inline]
    fn push(&mut self, value: u32, bits: u32, out: &mut Vec<u8>) {
        if self.pending == 0 {
            if self.groups == MOST_GROUPS {
                self.end(out);
            }
            if self.groups == 0 {
                self.header = out.len();
                out.push(0);
            }
            self.groups += 1;
        }
        self.word |= u64::from(value) << self.filled;
        self.filled += bits;
        if self.filled >= u32::BITS {
            out.extend_from_slice(&(self.word as u32).to_le_bytes());
            self.word >>= u32::BITS;
            self.filled -= u32::BITS;
        }
        self.pending = (self.pending + 1) % 8;
        if self.pending == 0 {
            // Eight values are whole bytes.
            let bytes = self.word.to_le_bytes();
            out.extend_from_slice(&bytes[..(self.filled / 8) as usize]);
            (self.word, self.filled) = (0, 0);
        }
    }

    fn end(&mut self, out: &mut [u8]) {
        if self.groups > 0 {
            out[self.header] = self.groups << 1 | 1;
            self.groups = 0;
        }
    }
}

fn varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::{Runs, bits};

    /// Decodes as the specification says.
    fn decode(mut bytes: &[u8], bits: u32, len: usize) -> Vec<u32> {
        let mut values = Vec::new();
        while values.len() < len {
            let (mut header, mut shift) = (0, 0);
            loop {
                header |= u32::from(bytes[0] & 0x7F) << shift;
                shift += 7;
                let more = bytes[0] >= 0x80;
                bytes = &bytes[1..];
                if !more {
                    break;
                }
            }
            let count = (header >> 1) as usize;
            if header & 1 == 0 {
                let width = bits.div_ceil(8) as usize;
                let mut value = [0; 4];
                value[..width].copy_from_slice(&bytes[..width]);
                bytes = &bytes[width..];
                values.extend(std::iter::repeat_n(u32::from_le_bytes(value), count));
            } else {
                let bit = |at: usize| u32::from(bytes[at / 8] >> (at % 8) & 1);
                let width = bits as usize;
                values.extend((0..count * 8).map(|value| {
                    (0..width).fold(0, |sum, at| sum | bit(value * width + at) << at)
                }));
                bytes = &bytes[count * width..];
            }
        }
        assert!(bytes.is_empty());
        values.truncate(len);
        values
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_values_at_every_width() {
        let mut random = 1_u64;
        for width in 0..=32 {
            for longest in [1, 3, 9, 40, 3000] {
                let (mut runs, mut values) = (Runs::default(), Vec::new());
                for _ in 0..700 {
                    random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(11);
                    let value = if width == 0 { 0 } else { (random >> 32) as u32 >> (32 - width) };
                    let count = (random >> 20) as usize % longest + 1;
                    runs.push(value, count);
                    values.extend(std::iter::repeat_n(value, count));
                }
                let mut bytes = Vec::new();
                runs.encode(width, &mut bytes);
                assert_eq!(runs.len(), values.len());
                assert!(decode(&bytes, width, values.len()) == values, "{width} bits");
            }
        }
    }

    #[test]
    fn a_width_has_room_for_the_greatest_value_and_no_more() {
        assert_eq!([0, 1, 2, 3, 255, 256].map(bits), [0, 1, 2, 2, 8, 9]);
    }
}
