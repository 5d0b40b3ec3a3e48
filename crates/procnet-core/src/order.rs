//! The byte order of the host that produced the input.

/// The byte order of the host that printed a table.
///
/// The kernel prints addresses as words in its own byte order, so the text differs between
/// hosts. Every decoder of addresses takes it as an argument, so that a capture from one host
/// decodes on any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// x86-64, AArch64, RISC-V and most others: 127.0.0.1 is printed as `0100007F`.
    Little,
    /// s390x, and POWER or MIPS in their big-endian modes: 127.0.0.1 is `7F000001`.
    Big,
}

impl ByteOrder {
    /// The byte order of the compilation target.
    pub const NATIVE: ByteOrder =
        if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };

    /// The bytes of a word in this order.
    #[inline]
    #[must_use]
    pub(crate) fn bytes(self, word: u32) -> [u8; 4] {
        match self {
            ByteOrder::Little => word.to_le_bytes(),
            ByteOrder::Big => word.to_be_bytes(),
        }
    }

    /// The number that these bytes encode in this order.
    #[inline]
    #[must_use]
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    /// The number that these bytes encode in this order.
    #[inline]
    #[must_use]
    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The number that these bytes encode in this order.
    #[inline]
    #[must_use]
    pub(crate) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Little => u64::from_le_bytes(bytes),
            ByteOrder::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The bytes of a number in this order.
    #[inline]
    #[must_use]
    pub(crate) fn of_u16(self, number: u16) -> [u8; 2] {
        match self {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }
}
