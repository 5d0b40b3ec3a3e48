//! Attributes: length, type and value (include/uapi/linux/netlink.h `struct nlattr`; `struct
//! rtattr` has the same layout).

use super::{Payload, message::align};
use crate::{ByteOrder, Column, Error, ErrorKind};

const HEADER: Column = Column::new(&"nlattr");
const LENGTH: Column = Column::new(&"nla_len");

/// `struct nlattr`.
const HEADER_LENGTH: usize = 4;

/// The attributes of a message, or those nested in an attribute.
///
/// An invalid length is one `Err` item, and the last. So are trailing bytes that are too few for
/// an attribute: the kernel never leaves any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes<'a> {
    rest: Payload<'a>,
}

impl<'a> Attributes<'a> {
    /// The attributes in a payload.
    #[inline]
    #[must_use]
    pub fn new(payload: Payload<'a>) -> Attributes<'a> {
        Attributes { rest: payload }
    }

    /// The attributes in bytes that were saved from a message, from a host with the given byte
    /// order. Offsets of errors are relative to the first of these bytes.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, netlink::Attributes};
    ///
    /// let kept = [5, 0, 8, 0, 3, 0, 0, 0];
    /// let attribute = Attributes::of(&kept, ByteOrder::Little).next().unwrap()?;
    /// assert_eq!((attribute.kind(), attribute.value.as_bytes()), (8, &[3][..]));
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    #[must_use]
    pub fn of(bytes: &'a [u8], order: ByteOrder) -> Attributes<'a> {
        Attributes { rest: Payload::new(bytes, order, 0) }
    }

    /// The bytes of the remaining attributes.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.rest.as_bytes()
    }

    #[inline]
    fn attribute(&self) -> Result<(Attribute<'a>, usize), Error> {
        let rest = &self.rest;
        let _whole: &[u8; HEADER_LENGTH] = rest.array(0, HEADER)?;
        let length = usize::from(rest.u16(0, LENGTH)?);
        if length < HEADER_LENGTH {
            return Err(rest.error(ErrorKind::Short, LENGTH, 0));
        }
        let value = rest.inside(HEADER_LENGTH, length);
        let value = value.ok_or_else(|| rest.error(ErrorKind::Beyond, LENGTH, 0))?;
        Ok((Attribute { bits: rest.u16(2, HEADER)?, value }, align(length)))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.as_bytes().is_empty() {
            return None;
        }
        let found = self.attribute();
        let length = found.as_ref().map_or(usize::MAX, |(_, length)| *length);
        self.rest = self.rest.after(length);
        Some(found.map(|(attribute, _)| attribute))
    }
}

impl core::iter::FusedIterator for Attributes<'_> {}

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// `nla_type`, including the two flag bits.
    bits: u16,
    /// The value, without padding.
    pub value: Payload<'a>,
}

impl<'a> Attribute<'a> {
    const NESTED: u16 = 0x8000;
    const NETWORK_ORDER: u16 = 0x4000;

    /// The type, whose meaning depends on the message.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.bits & !(Attribute::NESTED | Attribute::NETWORK_ORDER)
    }

    /// Whether it is flagged as nested (`NLA_F_NESTED`). Many nested attributes are not.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        self.bits & Attribute::NESTED != 0
    }

    /// Whether its value is flagged as being in network order (`NLA_F_NET_BYTEORDER`).
    #[must_use]
    pub fn is_network_order(&self) -> bool {
        self.bits & Attribute::NETWORK_ORDER != 0
    }

    /// The nested attributes, if it contains any.
    #[must_use]
    pub fn nested(&self) -> Attributes<'a> {
        Attributes::new(self.value)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    type Failure = (&'static str, ErrorKind, usize);

    fn outcome(bytes: &[u8], order: ByteOrder) -> Vec<Result<(u16, &[u8]), Failure>> {
        Attributes::new(Payload::new(bytes, order, 100))
            .map(|attribute| match attribute {
                Ok(attribute) => Ok((attribute.kind(), attribute.value.as_bytes())),
                Err(error) => Err((error.column().name(), error.kind(), error.offset())),
            })
            .collect()
    }

    #[test]
    fn padding_is_skipped_and_flag_bits_are_masked() {
        let bytes = [5, 0, 8, 0, b'a', 0, 0, 0, 4, 0, 3, 0xC0, 6, 0, 1, 0x40, b'b', b'c'];
        let expected: [(u16, &[u8]); 3] = [(8, b"a"), (3, b""), (1, b"bc")];
        assert_eq!(outcome(&bytes, ByteOrder::Little), expected.map(Ok));
        let attributes: Vec<_> =
            Attributes::new(Payload::new(&bytes, ByteOrder::Little, 0)).flatten().collect();
        assert_eq!(
            attributes.iter().map(Attribute::is_nested).collect::<Vec<_>>(),
            [false, true, false]
        );
        let network = attributes.iter().map(Attribute::is_network_order);
        assert_eq!(network.collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(outcome(&[0, 5, 0, 8, b'a'], ByteOrder::Big), [Ok((8, &b"a"[..]))]);
    }

    #[test]
    fn nested_attributes_cannot_exceed_their_parent() {
        // The inner length exceeds the outer attribute, but not the message.
        let bytes = [8, 0, 1, 0x80, 8, 0, 2, 0, 0, 0, 0, 0];
        let outer = Attributes::new(Payload::new(&bytes, ByteOrder::Little, 0)).next();
        let error = outer.unwrap().unwrap().nested().next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Beyond, 4));
    }

    #[test]
    fn an_invalid_length_ends_the_iteration() {
        let little = |bytes| outcome(bytes, ByteOrder::Little);
        assert_eq!(little(&[3, 0, 1, 0, 0, 0]), [Err(("nla_len", ErrorKind::Short, 100))]);
        assert_eq!(little(&[0, 0, 1, 0, 4, 0, 1, 0]), [Err(("nla_len", ErrorKind::Short, 100))]);
        assert_eq!(little(&[9, 0, 1, 0, 0, 0, 0, 0]), [Err(("nla_len", ErrorKind::Beyond, 100))]);
        let cut: [Result<(u16, &[u8]), _>; 2] =
            [Ok((1, &[])), Err(("nlattr", ErrorKind::Short, 107))];
        assert_eq!(little(&[4, 0, 1, 0, 4, 0, 1]), cut);
    }
}
