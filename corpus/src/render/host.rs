//! The host that prints a table.

use std::fmt;

use procnet_core::ByteOrder;

/// A kernel version, ordered as such: 3.10 comes after 3.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel {
    major: u8,
    minor: u8,
    patch: u8,
}

impl Kernel {
    /// The oldest kernel whose tables are decoded.
    pub const V2_6_24: Kernel = Kernel { major: 2, minor: 6, patch: 24 };
    /// Added drops, and headings for `ref`, `pointer` and `drops`.
    pub const V3_0: Kernel = Kernel::new(3, 0);
    /// Clamps overdue timers at 0.
    pub const V4_4: Kernel = Kernel::new(4, 4);
    /// Prints NULs in abstract names as `@`.
    pub const V4_19: Kernel = Kernel::new(4, 19);
    /// Prints drops unsigned.
    pub const V5_10: Kernel = Kernel::new(5, 10);
    /// Inserted columns into snmp's Icmp and Udp.
    pub const V6_1: Kernel = Kernel::new(6, 1);
    /// Added OutTransmits to snmp's Ip.
    pub const V6_12: Kernel = Kernel::new(6, 12);
    /// The kernel of most recorded captures.
    pub const V6_18: Kernel = Kernel::new(6, 18);
    /// Removed udplite.
    pub const V7_2: Kernel = Kernel::new(7, 2);

    /// All of them, oldest first.
    pub const ALL: [Kernel; 9] = [
        Kernel::V2_6_24,
        Kernel::V3_0,
        Kernel::V4_4,
        Kernel::V4_19,
        Kernel::V5_10,
        Kernel::V6_1,
        Kernel::V6_12,
        Kernel::V6_18,
        Kernel::V7_2,
    ];

    const fn new(major: u8, minor: u8) -> Kernel {
        Kernel { major, minor, patch: 0 }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Kernel { major, minor, patch } = self;
        write!(f, "{major}.{minor}")?;
        if *patch > 0 { write!(f, ".{patch}") } else { Ok(()) }
    }
}

/// The width of an `unsigned long` and of a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// 32 bits.
    Bits32,
    /// 64 bits.
    Bits64,
}

impl Word {
    /// A number as an `unsigned long` holds it.
    #[must_use]
    pub fn long(self, number: u64) -> u64 {
        match self {
            Word::Bits32 => u64::from(number as u32),
            Word::Bits64 => number,
        }
    }

    /// A pointer's digits.
    #[must_use]
    pub fn pointer(self, address: u64) -> String {
        match self {
            Word::Bits32 => format!("{:08x}", address as u32),
            Word::Bits64 => format!("{address:016x}"),
        }
    }
}

/// A kernel on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its version.
    pub kernel: Kernel,
    /// Its word.
    pub word: Word,
    /// Its byte order.
    pub order: ByteOrder,
}

impl Host {
    /// The newest kernel with 64-bit words.
    #[must_use]
    pub fn newest(order: ByteOrder) -> Host {
        Host { kernel: Kernel::V7_2, word: Word::Bits64, order }
    }

    /// The oldest kernel with 64-bit words.
    #[must_use]
    pub fn oldest(order: ByteOrder) -> Host {
        Host { kernel: Kernel::V2_6_24, word: Word::Bits64, order }
    }

    /// `%pK` of a kernel address for an unprivileged reader: the address itself up to 4.19, a
    /// 32-bit hash since then (lib/vsprintf.c `restricted_pointer`).
    #[must_use]
    pub fn pointer(self, address: u64) -> String {
        let shown = if self.kernel > Kernel::V4_19 { address & 0xFFFF_FFFF } else { address };
        self.word.pointer(shown)
    }
}
