//! `/proc/net/if_inet6` (net/ipv6/addrconf.c `if6_seq_show`): IPv6 addresses of interfaces.
//!
//! ```text
//! fe8000000000000000fc00fffe000001 04 40 20 80     eth0
//! ```
//!
//! Without heading: address, number of the interface, length of the prefix, scope and flags,
//! all hexadecimal and of two digits *at least*, and the interface's name.

use core::{fmt, net::Ipv6Addr};

use super::{address, flags::flags, ipv6_route::prefix_length};
use crate::{
    Column, Error,
    field::Fields,
    table::impl_table,
};

const ADDRESS: Column = Column::new(&"address");
const INDEX: Column = Column::new(&"interface index");
const PREFIX: Column = Column::new(&"prefix length");
const SCOPE: Column = Column::new(&"scope");
const FLAGS: Column = Column::new(&"flags");
const DEVICE: Column = Column::new(&"device");

/// The table of IPv6 addresses.
///
/// ```
/// use procnet_core::network::if_inet6;
///
/// let file = b"fe8000000000000000fc00fffe000001 104 40 20 80     eth0\n";
/// let row = if_inet6::Table.rows(file).next().unwrap()?;
/// assert_eq!(row.address.to_string(), "fe80::fc:ff:fe00:1");
/// assert_eq!((row.index, row.prefix_length), (260, 64));
/// assert_eq!((row.scope.to_string(), row.flags.to_string()), ("link".into(), "PERMANENT".into()));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// One address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The address.
    pub address: Ipv6Addr,
    /// The interface's number.
    pub index: u32,
    /// How many leading bits are those of the link, 0 to 128.
    pub prefix_length: u8,
    /// How far it reaches.
    pub scope: Scope,
    /// What is known of it.
    pub flags: Flags,
    /// The interface's name, raw.
    pub device: &'a [u8],
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column is missing or not of the kernel's form.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        Ok(Row {
            address: address::packed(fields.next(ADDRESS)?)?,
            index: fields.next(INDEX)?.hex32()?,
            prefix_length: prefix_length(fields.next(PREFIX)?)?,
            scope: Scope(fields.next(SCOPE)?.hex16()?),
            flags: Flags(fields.next(FLAGS)?.hex32()?),
            device: fields.next(DEVICE)?.bytes,
        })
    }
}

/// How far an address reaches, by the kernel's number (include/net/ipv6.h `IPV6_ADDR_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope(
    /// The kernel's number.
    pub u16,
);

impl Scope {
    /// Everywhere.
    pub const GLOBAL: Scope = Scope(0);
    /// This host: the loopback address.
    pub const HOST: Scope = Scope(0x10);
    /// The link.
    pub const LINK: Scope = Scope(0x20);
    /// The site.
    pub const SITE: Scope = Scope(0x40);
    /// An IPv4 address in the obsolete form `::a.b.c.d`.
    pub const COMPATIBLE: Scope = Scope(0x80);
}

/// Its name in lower case, or `0x` and its number.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Scope::GLOBAL => "global",
            Scope::HOST => "host",
            Scope::LINK => "link",
            Scope::SITE => "site",
            Scope::COMPATIBLE => "compatible",
            Scope(other) => return write!(f, "{other:#x}"),
        })
    }
}

flags! {
    /// What is known of an address (include/uapi/linux/if_addr.h `IFA_F_…`). The kernel prints
    /// the low eight bits; 3.0 printed all.
    Flags: u32 {
        /// It is temporary, for privacy.
        TEMPORARY = 0x1,
        /// It is used without looking for duplicates.
        NO_DAD = 0x2,
        /// It is used while duplicates are looked for.
        OPTIMISTIC = 0x4,
        /// Another host has it: it is not used.
        DAD_FAILED = 0x8,
        /// It is the home address of a mobile host.
        HOME_ADDRESS = 0x10,
        /// It is not to be used for new connections.
        DEPRECATED = 0x20,
        /// Duplicates are being looked for: it is not used yet.
        TENTATIVE = 0x40,
        /// It does not expire.
        PERMANENT = 0x80,
        /// Temporary addresses are made beside it.
        MANAGE_TEMPORARY = 0x100,
        /// No route is made for its prefix.
        NO_PREFIX_ROUTE = 0x200,
        /// Its multicast group is joined.
        MULTICAST_AUTOJOIN = 0x400,
        /// It is made of a secret that stays.
        STABLE_PRIVACY = 0x800,
    }
}
