//! `/proc/net/if_inet6` (net/ipv6/addrconf.c `if6_seq_show`): IPv6 addresses of interfaces.
//!
//! ```text
//! fe8000000000000000fc00fffe000001 04 40 20 80     eth0
//! ```
//!
//! There is no heading. The columns are address, interface index, prefix length, scope and flags,
//! all hexadecimal and of *at least* two digits, and the interface name.

use core::{fmt, net::Ipv6Addr};

use super::{address, flags::flags, ipv6_route::prefix_length};
use crate::{Column, Error, field::Fields, table::impl_table};

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
    /// The interface index.
    pub index: u32,
    /// The prefix length, 0 to 128.
    pub prefix_length: u8,
    /// The scope.
    pub scope: Scope,
    /// Its flags.
    pub flags: Flags,
    /// The raw interface name.
    pub device: &'a [u8],
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column is missing or malformed.
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

/// The scope of an address, by the kernel's number (include/net/ipv6.h `IPV6_ADDR_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope(
    /// The kernel's number.
    pub u16,
);

impl Scope {
    /// Global.
    pub const GLOBAL: Scope = Scope(0);
    /// Host: the loopback address.
    pub const HOST: Scope = Scope(0x10);
    /// Link-local.
    pub const LINK: Scope = Scope(0x20);
    /// Site-local.
    pub const SITE: Scope = Scope(0x40);
    /// IPv4-compatible, the obsolete form `::a.b.c.d`.
    pub const COMPATIBLE: Scope = Scope(0x80);
}

/// The name in lower case, or `0x` and the number in hexadecimal.
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
    /// Flags of an address (include/uapi/linux/if_addr.h `IFA_F_…`). The kernel prints the low
    /// eight bits; 3.0 printed all.
    Flags: u32 {
        /// A temporary (privacy) address.
        TEMPORARY = 0x1,
        /// Duplicate address detection is disabled.
        NO_DAD = 0x2,
        /// Usable while duplicate address detection is running.
        OPTIMISTIC = 0x4,
        /// Duplicate address detection failed: the address is not used.
        DAD_FAILED = 0x8,
        /// The home address of a mobile host.
        HOME_ADDRESS = 0x10,
        /// Deprecated: not to be used for new connections.
        DEPRECATED = 0x20,
        /// Duplicate address detection is running: the address is not usable yet.
        TENTATIVE = 0x40,
        /// The address does not expire.
        PERMANENT = 0x80,
        /// Temporary addresses are derived from it.
        MANAGE_TEMPORARY = 0x100,
        /// No route is created for its prefix.
        NO_PREFIX_ROUTE = 0x200,
        /// Its multicast group is joined.
        MULTICAST_AUTOJOIN = 0x400,
        /// Generated from a stable secret.
        STABLE_PRIVACY = 0x800,
    }
}
