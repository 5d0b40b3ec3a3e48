//! Single types in the bytes of BTF. Every access is checked.

use procnet_core::ByteOrder;

use super::Error;

/// Kinds of types: include/uapi/linux/btf.h.
pub(super) mod kind {
    pub(crate) const INT: u32 = 1;
    pub(crate) const PTR: u32 = 2;
    pub(crate) const ARRAY: u32 = 3;
    pub(crate) const STRUCT: u32 = 4;
    pub(crate) const UNION: u32 = 5;
    pub(crate) const ENUM: u32 = 6;
    pub(crate) const FWD: u32 = 7;
    pub(crate) const TYPEDEF: u32 = 8;
    pub(crate) const VOLATILE: u32 = 9;
    pub(crate) const CONST: u32 = 10;
    pub(crate) const RESTRICT: u32 = 11;
    pub(crate) const FUNC: u32 = 12;
    pub(crate) const FUNC_PROTO: u32 = 13;
    pub(crate) const VAR: u32 = 14;
    pub(crate) const DATASEC: u32 = 15;
    pub(crate) const FLOAT: u32 = 16;
    pub(crate) const DECL_TAG: u32 = 17;
    pub(crate) const TYPE_TAG: u32 = 18;
    pub(crate) const ENUM64: u32 = 19;
}

/// The first twelve bytes of a type, `struct btf_type`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    /// The offset of its name among the strings; 0 if it has none.
    pub(super) name: u32,
    pub(super) kind: u32,
    /// The number of members, values or parameters.
    pub(super) count: u32,
    /// Members have the number of their bits beside their offset.
    pub(super) flag: bool,
    /// Its size in bytes, or the type that it refers to.
    pub(super) size_or_type: u32,
    /// Where what follows begins, from the start of the types.
    pub(super) body: usize,
}

/// `struct btf_member`, or `struct btf_enum` as far as its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: u32,
    pub(super) type_id: u32,
    /// In bits.
    pub(super) offset: u32,
    pub(super) is_bit_field: bool,
}

/// The two sections of BTF.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) types: &'a [u8],
    strings: &'a [u8],
    order: ByteOrder,
}

impl<'a> Reader<'a> {
    /// Finds the sections by the header, `struct btf_header`.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Reader<'a>, Error> {
        let order = match bytes {
            [0x9f, 0xeb, 1, ..] => ByteOrder::Little,
            [0xeb, 0x9f, 1, ..] => ByteOrder::Big,
            _ => return Err(Error::NotBtf),
        };
        let header = Reader { types: bytes, strings: &[], order };
        let number = |at| header.number(at).ok_or(Error::NotBtf).map(|number| number as usize);
        let (length, types, types_length) = (number(4)?, number(8)?, number(12)?);
        let (strings, strings_length) = (number(16)?, number(20)?);
        let section = |start: usize, length: usize| bytes.get(start..)?.get(..length);
        let end = bytes.len();
        let find =
            |start: usize, size| length.checked_add(start).and_then(|start| section(start, size));
        Ok(Reader {
            types: find(types, types_length).ok_or(Error::Truncated { offset: end })?,
            strings: find(strings, strings_length).ok_or(Error::Truncated { offset: end })?,
            order,
        })
    }

    fn number(&self, at: usize) -> Option<u32> {
        let bytes = self.types.get(at..)?.first_chunk()?;
        Some(match self.order {
            ByteOrder::Little => u32::from_le_bytes(*bytes),
            ByteOrder::Big => u32::from_be_bytes(*bytes),
        })
    }

    /// The type that begins at a byte of the types.
    #[inline]
    pub(super) fn type_at(&self, at: usize) -> Option<Type> {
        let [name, info, size_or_type] = self.numbers(at)?;
        Some(Type {
            name,
            kind: info >> 24 & 31,
            count: info & 0xffff,
            flag: info >> 31 != 0,
            size_or_type,
            body: at + 12,
        })
    }

    #[inline]
    fn numbers(&self, at: usize) -> Option<[u32; 3]> {
        let bytes: &[u8; 12] = self.types.get(at..)?.first_chunk()?;
        let number = |at: usize| {
            let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            match self.order {
                ByteOrder::Little => u32::from_le_bytes(bytes),
                ByteOrder::Big => u32::from_be_bytes(bytes),
            }
        };
        Some([number(0), number(4), number(8)])
    }

    /// The length of what follows the first twelve bytes of a type; `None` if its kind is unknown.
    #[inline]
    pub(super) fn body_length(of: &Type) -> Option<usize> {
        use kind::*;
        let each = match of.kind {
            INT | VAR | DECL_TAG => return Some(4),
            ARRAY => return Some(12),
            PTR | FWD | TYPEDEF | VOLATILE | CONST | RESTRICT | FUNC | FLOAT | TYPE_TAG => 0,
            ENUM | FUNC_PROTO => 8,
            STRUCT | UNION | DATASEC | ENUM64 => 12,
            _ => return None,
        };
        Some(each * of.count as usize)
    }

    /// A member of a struct or union.
    pub(super) fn member(&self, of: &Type, index: u32) -> Option<Member> {
        let [name, type_id, offset] = self.numbers(of.body + 12 * index as usize)?;
        // With the flag, the upper eight bits are the size of a bit field.
        let (offset, size) = if of.flag { (offset & 0xff_ffff, offset >> 24) } else { (offset, 0) };
        Some(Member { name, type_id, offset, is_bit_field: size != 0 || offset % 8 != 0 })
    }

    /// The element type and the length of an array.
    pub(super) fn array(&self, of: &Type) -> Option<(u32, u32)> {
        let [element, _, length] = self.numbers(of.body)?;
        Some((element, length))
    }

    /// Whether an enumeration has a value of this name.
    pub(super) fn has_enumerator(&self, of: &Type, name: &str) -> bool {
        let each = if of.kind == kind::ENUM64 { 12 } else { 8 };
        (0..of.count as usize).any(|index| {
            self.number(of.body + each * index).is_some_and(|offset| self.is_named(offset, name))
        })
    }

    /// The strings from an offset on.
    #[inline]
    pub(super) fn string(&self, offset: u32) -> Option<&'a [u8]> {
        self.strings.get(offset as usize..)
    }

    /// Whether the string at an offset is this one, to its end.
    #[inline]
    pub(super) fn is_named(&self, offset: u32, name: &str) -> bool {
        self.string(offset).is_some_and(|string| is_string(string, name))
    }
}

/// Whether bytes begin with a name and its terminating zero.
#[inline]
pub(super) fn is_string(bytes: &[u8], name: &str) -> bool {
    bytes.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
}
