//! `/proc/net/ptype` (net/core/net-procfs.c `ptype_seq_show`): the kernel's packet handlers, by
//! packet type and interface.
//!
//! ```text
//! Type Device      Function
//! ALL  eth0     packet_rcv
//! 0800          ip_rcv
//! 88a8          vlan_rcv [8021q]
//! ```
//!
//! The device is left-aligned after one space and empty for a handler of all devices, so a row
//! with more than one space after the type has none. 3.0 printed functions with offset and size,
//! `ip_rcv+0x0/0x320`; 2.6.24 put the module first, as in `:ipv6:ipv6_rcv+0x0`.

use core::fmt;

use crate::{
    Column, Error, ErrorKind,
    field::{self, Fields},
    table::impl_table,
};

const TYPE: Column = Column::new(&"Type");
const DEVICE: Column = Column::new(&"Device");
const FUNCTION: Column = Column::new(&"Function");

/// The table of packet handlers.
///
/// ```
/// use procnet_core::network::ptype;
///
/// let file = b"ALL  eth0     packet_rcv\n88a8          vlan_rcv+0x0/0x2b0 [8021q]\n";
/// let mut rows = ptype::Table.rows(file);
/// let row = rows.next().unwrap()?;
/// assert_eq!((row.kind.to_string(), row.device), ("ALL".into(), Some(&b"eth0"[..])));
/// let row = rows.next().unwrap()?;
/// assert_eq!((row.kind.0, row.device), (0x88a8, None));
/// assert_eq!((row.function.symbol(), row.function.module()), (&b"vlan_rcv"[..], Some(&b"8021q"[..])));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! {
    Table: |_, line| Row::decode(line),
    heading: |line, number| number == 1 && line.starts_with(b"Type "),
}

/// One packet handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The type of packets that it receives.
    pub kind: PacketType,
    /// The raw interface name; `None` if it receives packets from all interfaces.
    pub device: Option<&'a [u8]>,
    /// The handler function.
    pub function: Function<'a>,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If the type is malformed or the function is missing.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        // Whether there is a device depends on the number of blanks, which tabs do not tell.
        if let Some(tab) = memchr::memchr(b'\t', line) {
            return Err(Error::new(ErrorKind::Unexpected, DEVICE, tab));
        }
        let mut fields = Fields::new(line, 0);
        let kind = fields.next(TYPE)?;
        let kind = match kind.bytes {
            b"ALL" => PacketType::ALL,
            _ => PacketType(kind.hex16()?),
        };
        // The kernel prints `ALL ` with a trailing space of its own.
        let own = usize::from(kind == PacketType::ALL && fields.rest().starts_with(b"  "));
        let blank = |at| fields.rest().get(at).is_none_or(|byte| field::is_blank(*byte));
        let device = match blank(own + 1) {
            true => None,
            false => Some(fields.next(DEVICE)?.bytes),
        };
        let text = fields.rest().trim_ascii();
        if text.is_empty() {
            return Err(Error::new(ErrorKind::Missing, FUNCTION, line.len()));
        }
        Ok(Row { kind, device, function: Function(text) })
    }
}

/// A packet type, by the protocol number in an Ethernet frame (include/uapi/linux/if_ether.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PacketType(
    /// The number.
    pub u16,
);

impl PacketType {
    /// All packets.
    pub const ALL: PacketType = PacketType(3);
}

/// As printed: `ALL`, or four hexadecimal digits.
impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            PacketType::ALL => f.pad("ALL"),
            PacketType(number) => write!(f, "{number:04x}"),
        }
    }
}

/// A kernel function, as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function<'a>(&'a [u8]);

impl<'a> Function<'a> {
    /// A function, as a table prints it.
    #[must_use]
    pub fn new(text: &'a [u8]) -> Function<'a> {
        Function(text)
    }

    /// The text as printed, without surrounding blanks.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The function name; its address, in brackets or not, if the kernel has no symbol table.
    #[must_use]
    pub fn symbol(&self) -> &'a [u8] {
        let (_, symbol) = self.parts();
        let end = symbol.iter().position(|byte| *byte == b'+').unwrap_or(symbol.len());
        symbol.get(..end).unwrap_or_default()
    }

    /// The module that contains it; `None` if it is built in.
    #[must_use]
    pub fn module(&self) -> Option<&'a [u8]> {
        self.parts().0
    }

    /// The module and the function name.
    fn parts(&self) -> (Option<&'a [u8]>, &'a [u8]) {
        let text = self.0;
        let halves = |text: &'a [u8], at: usize| {
            let (before, after) = text.split_at_checked(at).unwrap_or_default();
            (before, after.get(1..).unwrap_or_default())
        };
        if let Some(named) = text.strip_prefix(b":") {
            if let Some(colon) = named.iter().position(|byte| *byte == b':') {
                let (module, symbol) = halves(named, colon);
                return (Some(module), symbol);
            }
        }
        let Some(blank) = text.iter().position(|byte| *byte == b' ') else { return (None, text) };
        let (symbol, module) = halves(text, blank);
        let module = module.trim_ascii_start().strip_prefix(b"[");
        (module.and_then(|module| module.strip_suffix(b"]")), symbol)
    }
}
