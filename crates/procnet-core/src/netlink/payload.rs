//! A part of a datagram and its offset.

use crate::{ByteOrder, Column, Error, ErrorKind};

/// The payload of a message or an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
    /// Its offset in the datagram, for errors.
    offset: usize,
}

impl<'a> Payload<'a> {
    /// No bytes.
    pub(super) const EMPTY: Payload<'static> =
        Payload { bytes: &[], order: ByteOrder::NATIVE, offset: 0 };

    #[inline]
    pub(super) fn new(bytes: &'a [u8], order: ByteOrder, offset: usize) -> Payload<'a> {
        Payload { bytes, order, offset }
    }

    /// The payload of a message that was kept, of a host of such a byte order. The offsets of
    /// errors count from its first byte.
    #[inline]
    #[must_use]
    pub fn of(bytes: &'a [u8], order: ByteOrder) -> Payload<'a> {
        Payload::new(bytes, order, 0)
    }

    /// Its bytes, without padding.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The byte order of the host that sent it.
    #[inline]
    #[must_use]
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// Its offset in the datagram.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// An error at the byte `at`, clamped to the end.
    #[cold]
    pub(super) fn error(&self, kind: ErrorKind, column: Column, at: usize) -> Error {
        Error::new(kind, column, self.offset.saturating_add(at.min(self.bytes.len())))
    }

    /// The bytes after the first `length`; empty if there are fewer.
    #[inline]
    pub(super) fn after(&self, length: usize) -> Payload<'a> {
        let length = length.min(self.bytes.len());
        let bytes = self.bytes.get(length..).unwrap_or_default();
        Payload { bytes, offset: self.offset.saturating_add(length), ..*self }
    }

    /// The first `length` bytes without their first `header` bytes; `None` if there are fewer.
    #[inline]
    pub(super) fn inside(&self, header: usize, length: usize) -> Option<Payload<'a>> {
        let bytes = self.bytes.get(header..length)?;
        Some(Payload { bytes, offset: self.offset.saturating_add(header), ..*self })
    }

    #[inline]
    pub(super) fn array<const N: usize>(
        &self,
        at: usize,
        column: Column,
    ) -> Result<&'a [u8; N], Error> {
        let found = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        found.ok_or_else(|| self.error(ErrorKind::Short, column, usize::MAX))
    }

    #[inline]
    pub(super) fn u8(&self, at: usize, column: Column) -> Result<u8, Error> {
        self.array::<1>(at, column).map(|[byte]| *byte)
    }

    #[inline]
    pub(super) fn u16(&self, at: usize, column: Column) -> Result<u16, Error> {
        self.array(at, column).map(|bytes| self.order.u16(*bytes))
    }

    #[inline]
    pub(super) fn u32(&self, at: usize, column: Column) -> Result<u32, Error> {
        self.array(at, column).map(|bytes| self.order.u32(*bytes))
    }

    /// A socket cookie: two words, the lower first in either byte order
    /// (net/core/sock_diag.c `sock_diag_save_cookie`).
    #[inline]
    pub(super) fn cookie(&self, at: usize, column: Column) -> Result<u64, Error> {
        let (low, high) = (self.u32(at, column)?, self.u32(at + 4, column)?);
        Ok(u64::from(low) | u64::from(high) << 32)
    }

    /// A bit field within the byte `at`: compilers place the first one at the lowest bits on
    /// little-endian hosts, and at the highest on others (System V ABIs; `__LITTLE_ENDIAN_BITFIELD`).
    pub(super) fn bits(
        &self,
        at: usize,
        first: u32,
        width: u32,
        column: Column,
    ) -> Result<u8, Error> {
        let byte = self.u8(at, column)?;
        let shift = match self.order {
            ByteOrder::Little => first,
            ByteOrder::Big => 8_u32.saturating_sub(first.saturating_add(width)),
        };
        let mask = u8::MAX.checked_shr(8_u32.saturating_sub(width)).unwrap_or(0);
        Ok(byte.checked_shr(shift).unwrap_or(0) & mask)
    }

    #[inline]
    pub(super) fn u64(&self, at: usize, column: Column) -> Result<u64, Error> {
        self.array(at, column).map(|bytes| self.order.u64(*bytes))
    }
}
