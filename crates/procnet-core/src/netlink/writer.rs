//! Requests are written into a buffer of the caller.

use core::fmt;

use super::{Flags, MessageType};
use crate::ByteOrder;

/// The buffer is too small for what should be written into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall;

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small for the request")
    }
}

impl core::error::Error for TooSmall {}

/// Whose byte order a request has, and the number that its answers repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// That of the kernel that is asked.
    pub order: ByteOrder,
    /// `nlmsg_seq`: what tells the answers to this request from those to an earlier one.
    pub sequence: u32,
}

impl Envelope {
    /// An envelope for the running kernel.
    #[must_use]
    pub const fn native(sequence: u32) -> Envelope {
        Envelope { order: ByteOrder::NATIVE, sequence }
    }
}

/// A message that is being written.
///
/// Once something did not fit, nothing more is written, and the end says so.
pub(super) struct Writer<'b> {
    buffer: &'b mut [u8],
    /// Bytes written, or `None` once they did not fit.
    length: Option<usize>,
    order: ByteOrder,
}

impl<'b> Writer<'b> {
    /// Begins with the header; its length is known at the end.
    pub(super) fn new(
        buffer: &'b mut [u8],
        envelope: Envelope,
        kind: MessageType,
        flags: Flags,
    ) -> Writer<'b> {
        let mut writer = Writer { buffer, length: Some(0), order: envelope.order };
        writer.u32(0);
        writer.u16(kind.0);
        writer.u16(flags.0);
        writer.u32(envelope.sequence);
        // The port is the kernel's to know.
        writer.u32(0);
        writer
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.length = self.length.and_then(|length| {
            let end = length.checked_add(bytes.len())?;
            self.buffer.get_mut(length..end)?.copy_from_slice(bytes);
            Some(end)
        });
    }

    pub(super) fn u16(&mut self, number: u16) {
        self.put(&self.order.of_u16(number));
    }

    pub(super) fn u32(&mut self, number: u32) {
        self.put(&self.order.bytes(number));
    }

    /// A socket's cookie, its lower half first; none is `INET_DIAG_NOCOOKIE`, twice.
    pub(super) fn cookie(&mut self, cookie: Option<u64>) {
        let cookie = cookie.unwrap_or(u64::MAX);
        self.u32(cookie as u32);
        self.u32((cookie >> 32) as u32);
    }

    /// An attribute, if it is not empty. Its length has to be a multiple of four.
    pub(super) fn attribute(&mut self, kind: u16, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        match u16::try_from(value.len().saturating_add(4)) {
            Ok(length) => {
                self.u16(length);
                self.u16(kind);
                self.put(value);
            }
            Err(_) => self.length = None,
        }
    }

    /// The whole message.
    pub(super) fn finish(self) -> Result<&'b [u8], TooSmall> {
        let (message, _) =
            self.length.and_then(|end| self.buffer.split_at_mut_checked(end)).ok_or(TooSmall)?;
        let length = u32::try_from(message.len()).map_err(|_| TooSmall)?;
        *message.first_chunk_mut().ok_or(TooSmall)? = self.order.bytes(length);
        Ok(message)
    }
}
