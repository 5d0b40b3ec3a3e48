//! Writes requests into a buffer of the caller.

use core::fmt;

use super::{Flags, MessageType};
use crate::ByteOrder;

/// The buffer is too small for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall;

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the buffer is too small for the request")
    }
}

impl core::error::Error for TooSmall {}

/// The byte order and the sequence number of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The byte order of the kernel.
    pub order: ByteOrder,
    /// `nlmsg_seq`, which responses repeat: it distinguishes them from those to an earlier request.
    pub sequence: u32,
}

impl Envelope {
    /// For the running kernel.
    #[must_use]
    pub const fn native(sequence: u32) -> Envelope {
        Envelope { order: ByteOrder::NATIVE, sequence }
    }
}

/// A message that is being written.
///
/// Once something does not fit, nothing more is written, and [`finish`](Writer::finish) fails.
pub(super) struct Writer<'b> {
    buffer: &'b mut [u8],
    /// The number of bytes written; `None` once something did not fit.
    length: Option<usize>,
    order: ByteOrder,
}

impl<'b> Writer<'b> {
    /// Begins a request for all sockets of a family (`sock_diag_req`, include/uapi/linux/sock_diag.h).
    pub(super) fn dump(buffer: &'b mut [u8], envelope: Envelope) -> Writer<'b> {
        let flags = Flags::REQUEST.with(Flags::DUMP);
        Writer::new(buffer, envelope, MessageType::SOCK_DIAG_BY_FAMILY, flags)
    }

    /// Writes the header; `finish` sets its length.
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
        // The kernel knows the port id.
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

    /// A socket cookie, lower half first; `None` is `INET_DIAG_NOCOOKIE` twice.
    pub(super) fn cookie(&mut self, cookie: Option<u64>) {
        let cookie = cookie.unwrap_or(u64::MAX);
        self.u32(cookie as u32);
        self.u32((cookie >> 32) as u32);
    }

    /// An attribute, unless it is empty. Its length must be a multiple of four.
    pub(super) fn attribute(&mut self, kind: u16, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        self.begin(kind, value.len());
        self.put(value);
    }

    /// The header of an attribute whose value, of this length, follows.
    pub(super) fn begin(&mut self, kind: u16, length: usize) {
        match u16::try_from(length.saturating_add(4)) {
            Ok(length) => {
                self.u16(length);
                self.u16(kind);
            }
            Err(_) => self.length = None,
        }
    }

    /// The complete message.
    pub(super) fn finish(self) -> Result<&'b [u8], TooSmall> {
        let (message, _) =
            self.length.and_then(|end| self.buffer.split_at_mut_checked(end)).ok_or(TooSmall)?;
        let length = u32::try_from(message.len()).map_err(|_| TooSmall)?;
        *message.first_chunk_mut().ok_or(TooSmall)? = self.order.bytes(length);
        Ok(message)
    }
}
