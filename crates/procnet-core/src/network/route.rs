//! `/proc/net/route` (net/ipv4/fib_trie.c `fib_route_seq_show`): the IPv4 routes of the main table.
//!
//! ```text
//! Iface   Destination Gateway  Flags RefCnt Use Metric Mask     MTU Window IRTT
//! eth0    00000000    010200C0 0003  0      0   0      00000000 0   0      0
//! ```
//!
//! Columns are separated by tabs. The kernel omits broadcast and multicast routes, and all but the
//! first next hop of a multipath route. RefCnt and Use are always 0.

use core::net::Ipv4Addr;

use super::{address, flags::flags};
use crate::{ByteOrder, Column, Error, field::Fields, table::impl_table};

const IFACE: Column = Column::new(&"Iface");
const DESTINATION: Column = Column::new(&"Destination");
const GATEWAY: Column = Column::new(&"Gateway");
const FLAGS: Column = Column::new(&"Flags");
const REF_COUNT: Column = Column::new(&"RefCnt");
const USE: Column = Column::new(&"Use");
const METRIC: Column = Column::new(&"Metric");
const MASK: Column = Column::new(&"Mask");
const MTU: Column = Column::new(&"MTU");
const WINDOW: Column = Column::new(&"Window");
const IRTT: Column = Column::new(&"IRTT");

/// The table of IPv4 routes.
///
/// ```
/// use procnet_core::{ByteOrder, network::route};
///
/// let file = b"eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
/// let row = route::Table { order: ByteOrder::Little }.rows(file).next().unwrap()?;
/// assert_eq!(row.gateway().unwrap().to_string(), "192.0.2.1");
/// assert_eq!((row.prefix_length(), row.metric), (Some(0), 100));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The byte order of the host that printed it.
    pub order: ByteOrder,
}

impl_table! {
    Table: |table, line| Row::decode(line, table.order),
    // An interface may be called `Iface`, but no address is `Destination`.
    heading: |line, number| number == 1 && line.starts_with(b"Iface\tDestination"),
}

/// One route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The device as printed; see [`interface`](Row::interface).
    pub device: &'a [u8],
    /// The destination, to be combined with [`mask`](Row::mask).
    pub destination: Ipv4Addr,
    /// The gateway as printed; see [`gateway`](Row::gateway()).
    pub gateway: Ipv4Addr,
    /// Its flags.
    pub flags: Flags,
    /// Always 0.
    pub references: u32,
    /// Always 0.
    pub uses: u32,
    /// The metric; the route with the lowest is preferred.
    pub metric: u32,
    /// The netmask of [`destination`](Row::destination).
    pub mask: Ipv4Addr,
    /// The advertised MSS plus 40, in bytes, which the kernel prints as MTU; 0 if not set.
    pub mtu: u32,
    /// The maximum window, in bytes; 0 if not set.
    pub window: u32,
    /// The initial round-trip time, in milliseconds; 0 if not set.
    pub irtt: u32,
}

impl<'a> Row<'a> {
    /// Decodes a line printed by a host with this byte order.
    ///
    /// # Errors
    ///
    /// If a column is missing or malformed.
    pub fn decode(line: &'a [u8], order: ByteOrder) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        Ok(Row {
            device: fields.next(IFACE)?.bytes,
            destination: address::word(fields.next(DESTINATION)?, order)?,
            gateway: address::word(fields.next(GATEWAY)?, order)?,
            flags: Flags(fields.next(FLAGS)?.hex32()?),
            references: fields.next(REF_COUNT)?.either_sign32()?,
            uses: fields.next(USE)?.either_sign32()?,
            // Printed with `%d` up to 4.4, where 2^32-1 is -1.
            metric: fields.next(METRIC)?.either_sign32()?,
            mask: address::word(fields.next(MASK)?, order)?,
            mtu: fields.next(MTU)?.either_sign32()?,
            window: fields.next(WINDOW)?.either_sign32()?,
            irtt: fields.next(IRTT)?.either_sign32()?,
        })
    }

    /// The raw interface name; `None` for a route without a device, such as an unreachable or
    /// blackhole route.
    ///
    /// The kernel prints `*` for those, which is a valid interface name, too: with a gateway it is
    /// taken for one.
    #[must_use]
    pub fn interface(&self) -> Option<&'a [u8]> {
        let is_name = self.device != b"*" || self.flags.contains(Flags::GATEWAY);
        is_name.then_some(self.device)
    }

    /// The gateway; `None` if the destination is on-link, or the gateway has an IPv6 address,
    /// which the kernel does not print here.
    #[must_use]
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        (!self.gateway.is_unspecified()).then_some(self.gateway)
    }

    /// The prefix length of the destination; `None` if the mask is not contiguous.
    #[must_use]
    pub fn prefix_length(&self) -> Option<u8> {
        let mask = self.mask.to_bits();
        let length = mask.leading_ones();
        (mask.count_ones() == length).then_some(length as u8)
    }
}

flags! {
    /// Flags of an IPv4 or IPv6 route (include/uapi/linux/route.h, ipv6_route.h
    /// `RTF_…`).
    Flags: u32 {
        /// The route is usable.
        UP = 0x1,
        /// The next hop is a gateway.
        GATEWAY = 0x2,
        /// The destination is a single host.
        HOST = 0x4,
        /// Reinstated after a timeout.
        REINSTATE = 0x8,
        /// Created by a redirect.
        DYNAMIC = 0x10,
        /// Modified by a redirect.
        MODIFIED = 0x20,
        /// An MTU is set.
        MTU = 0x40,
        /// A window is set.
        WINDOW = 0x80,
        /// An initial round-trip time is set.
        IRTT = 0x100,
        /// Packets are rejected with an error.
        REJECT = 0x200,
        /// A default route learned from a router.
        DEFAULT = 0x1_0000,
        /// All destinations are taken to be on-link.
        ALL_ON_LINK = 0x2_0000,
        /// Created by address autoconfiguration.
        ADDRCONF = 0x4_0000,
        /// A prefix route: the destination is on-link.
        PREFIX_RT = 0x8_0000,
        /// The destination is an anycast address.
        ANYCAST = 0x10_0000,
        /// There is no next hop.
        NO_NEXT_HOP = 0x20_0000,
        /// The route expires.
        EXPIRES = 0x40_0000,
        /// Received as route information from a router.
        ROUTE_INFO = 0x80_0000,
        /// A cached copy.
        CACHE = 0x100_0000,
        /// A flow-specific route.
        FLOW = 0x200_0000,
        /// A policy route.
        POLICY = 0x400_0000,
        /// The router preference, low bit.
        PREF_1 = 0x800_0000,
        /// The router preference, high bit.
        PREF_2 = 0x1000_0000,
        /// A per-CPU copy.
        PER_CPU = 0x4000_0000,
        /// The destination is a local address.
        LOCAL = 0x8000_0000,
    }
}
