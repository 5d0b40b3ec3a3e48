//! The byte order of the host whose tables are read.

/// The byte order of the host that printed a table.
///
/// The kernel prints addresses as words of its own byte order, so the text differs
/// between hosts. It is an argument of every decoder of addresses, never a guess, so that
/// a capture of one host decodes on any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// x86-64, AArch64, RISC-V and most others: 127.0.0.1 is printed as `0100007F`.
    Little,
    /// s390x, and POWER or MIPS in their big-endian modes: 127.0.0.1 is `7F000001`.
    Big,
}

impl ByteOrder {
    /// The byte order of the machine that this code was compiled for.
    pub const NATIVE: ByteOrder =
        if cfg!(target_endian = "big") { ByteOrder::Big } else { ByteOrder::Little };

    /// The word's bytes as they lie in the memory of such a host.
    #[inline]
    #[must_use]
    pub(crate) fn bytes(self, word: u32) -> [u8; 4] {
        match self {
            ByteOrder::Little => word.to_le_bytes(),
            ByteOrder::Big => word.to_be_bytes(),
        }
    }

    /// The number that such a host holds in these bytes.
    #[inline]
    #[must_use]
    pub(crate) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            ByteOrder::Little => u16::from_le_bytes(bytes),
            ByteOrder::Big => u16::from_be_bytes(bytes),
        }
    }

    /// The number that such a host holds in these bytes.
    #[inline]
    #[must_use]
    pub(crate) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }

    /// The number that such a host holds in these bytes.
    #[inline]
    #[must_use]
    pub(crate) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            ByteOrder::Little => u64::from_le_bytes(bytes),
            ByteOrder::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The number's bytes as they lie in the memory of such a host.
    #[inline]
    #[must_use]
    pub(crate) fn of_u16(self, number: u16) -> [u8; 2] {
        match self {
            ByteOrder::Little => number.to_le_bytes(),
            ByteOrder::Big => number.to_be_bytes(),
        }
    }
}
