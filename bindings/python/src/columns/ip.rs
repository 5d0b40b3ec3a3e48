//! A column of IP addresses as text.

use std::{fmt::Write as _, net::IpAddr, sync::Arc};

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{NullBufferBuilder, OffsetBuffer, ScalarBuffer};

/// Writes addresses one behind the other. Neighbours often have the same one, which is copied.
pub(super) struct IpText {
    text: String,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
    last: Option<(IpAddr, usize)>,
}

impl IpText {
    pub(super) fn with_capacity(rows: usize) -> IpText {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        let text = String::with_capacity(rows * 12);
        IpText { text, ends, nulls: NullBufferBuilder::new(rows), last: None }
    }

    #[inline]
    pub(super) fn push(&mut self, ip: Option<IpAddr>) {
        let start = self.text.len();
        match (ip, self.last) {
            (None, _) => {
                self.nulls.append_null();
                self.ends.push(i32::try_from(start).unwrap_or(i32::MAX));
                return;
            }
            (Some(ip), Some((last, at))) if ip == last => self.text.extend_from_within(at..start),
            (Some(IpAddr::V4(ip)), _) => {
                let [a, b, c, d] = ip.octets();
                for (byte, follows) in [(a, "."), (b, "."), (c, "."), (d, "")] {
                    push_byte(&mut self.text, byte);
                    self.text.push_str(follows);
                }
            }
            (Some(IpAddr::V6(ip)), _) => {
                // Writing to a string cannot fail.
                let _ = write!(self.text, "{ip}");
            }
        }
        self.last = ip.map(|ip| (ip, start));
        self.nulls.append_non_null();
        self.ends.push(i32::try_from(self.text.len()).unwrap_or(i32::MAX));
    }

    pub(super) fn finish(mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let text = self.text.into_bytes().into();
        Arc::new(StringArray::new(offsets, text, self.nulls.finish()))
    }
}

fn push_byte(text: &mut String, byte: u8) {
    let digit = |digit: u8| char::from(b'0' + digit);
    if byte >= 100 {
        text.push(digit(byte / 100));
    }
    if byte >= 10 {
        text.push(digit(byte / 10 % 10));
    }
    text.push(digit(byte % 10));
}
