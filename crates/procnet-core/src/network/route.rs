//! `/proc/net/route` (net/ipv4/fib_trie.c `fib_route_seq_show`): IPv4 routes of the main table.
//!
//! ```text
//! Iface   Destination Gateway  Flags RefCnt Use Metric Mask     MTU Window IRTT
//! eth0    00000000    010200C0 0003  0      0   0      00000000 0   0      0
//! ```
//!
//! Columns are separated by tabs. Broadcast and multicast routes are left out, and of a
//! multipath route all but the first next hop. RefCnt and Use are always 0.

use core::net::Ipv4Addr;

use super::{address, flags::flags};
use crate::{
    ByteOrder, Column, Error,
    field::Fields,
    table::impl_table,
};

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
    /// The device as printed; mostly [`interface`](Row::interface) is what is wanted.
    pub device: &'a [u8],
    /// Where it leads: an address with [`mask`](Row::mask).
    pub destination: Ipv4Addr,
    /// The gateway as printed; mostly [`gateway`](Row::gateway) is what is wanted.
    pub gateway: Ipv4Addr,
    /// What kind of route it is.
    pub flags: Flags,
    /// Always 0.
    pub references: u32,
    /// Always 0.
    pub uses: u32,
    /// Of several routes the one with the least is taken.
    pub metric: u32,
    /// The bits of [`destination`](Row::destination) that count.
    pub mask: Ipv4Addr,
    /// Bytes: the advertised segment size and 40 more, under the name of MTU; 0 if none is set.
    pub mtu: u32,
    /// The largest window, bytes; 0 if none is set.
    pub window: u32,
    /// The first round trip time, milliseconds; 0 if none is set.
    pub irtt: u32,
}

impl<'a> Row<'a> {
    /// Decodes a line as a host of this byte order prints it.
    ///
    /// # Errors
    ///
    /// If a column is missing or not of the kernel's form.
    pub fn decode(line: &'a [u8], order: ByteOrder) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        Ok(Row {
            device: fields.next(IFACE)?.bytes,
            destination: address::word(fields.next(DESTINATION)?, order)?,
            gateway: address::word(fields.next(GATEWAY)?, order)?,
            flags: Flags(fields.next(FLAGS)?.hex32()?),
            references: fields.next(REF_COUNT)?.either_sign32()?,
            uses: fields.next(USE)?.either_sign32()?,
            // Printed with `%d` up to 4.4, so that 2^32-1 is -1 there.
            metric: fields.next(METRIC)?.either_sign32()?,
            mask: address::word(fields.next(MASK)?, order)?,
            mtu: fields.next(MTU)?.either_sign32()?,
            window: fields.next(WINDOW)?.either_sign32()?,
            irtt: fields.next(IRTT)?.either_sign32()?,
        })
    }

    /// The interface's name, raw; `None` for a route that leads nowhere, such as to an
    /// unreachable or blackholed destination.
    ///
    /// The kernel prints `*` for that, which may be an interface's name, too: it is taken for
    /// one where there is a gateway.
    #[must_use]
    pub fn interface(&self) -> Option<&'a [u8]> {
        let is_name = self.device != b"*" || self.flags.contains(Flags::GATEWAY);
        is_name.then_some(self.device)
    }

    /// The gateway; `None` for what is on the link, and where the gateway has an IPv6 address,
    /// which the kernel does not print here.
    #[must_use]
    pub fn gateway(&self) -> Option<Ipv4Addr> {
        (!self.gateway.is_unspecified()).then_some(self.gateway)
    }

    /// How many leading bits of the destination count; `None` if the mask has gaps.
    #[must_use]
    pub fn prefix_length(&self) -> Option<u8> {
        let mask = self.mask.to_bits();
        let length = mask.leading_ones();
        (mask.count_ones() == length).then_some(length as u8)
    }
}

flags! {
    /// What kind of route it is, of IPv4 or IPv6 (include/uapi/linux/route.h, ipv6_route.h
    /// `RTF_…`).
    Flags: u32 {
        /// It is in use.
        UP = 0x1,
        /// It leads to a gateway.
        GATEWAY = 0x2,
        /// It leads to one host.
        HOST = 0x4,
        /// It was reinstated after a timeout.
        REINSTATE = 0x8,
        /// It was made by a redirection.
        DYNAMIC = 0x10,
        /// It was changed by a redirection.
        MODIFIED = 0x20,
        /// It has an MTU.
        MTU = 0x40,
        /// It has a window.
        WINDOW = 0x80,
        /// It has a first round trip time.
        IRTT = 0x100,
        /// It refuses: packets are answered with an error.
        REJECT = 0x200,
        /// A default route that was learnt.
        DEFAULT = 0x1_0000,
        /// All is taken to be on the link.
        ALL_ON_LINK = 0x2_0000,
        /// It was made by address configuration.
        ADDRCONF = 0x4_0000,
        /// It is of a prefix on the link.
        PREFIX_RT = 0x8_0000,
        /// It leads to an anycast address.
        ANYCAST = 0x10_0000,
        /// It has no next hop.
        NO_NEXT_HOP = 0x20_0000,
        /// It expires.
        EXPIRES = 0x40_0000,
        /// It was told by a router.
        ROUTE_INFO = 0x80_0000,
        /// It is a cached copy.
        CACHE = 0x100_0000,
        /// It depends on the flow.
        FLOW = 0x200_0000,
        /// It depends on a policy.
        POLICY = 0x400_0000,
        /// The router's preference, low bit.
        PREF_1 = 0x800_0000,
        /// The router's preference, high bit.
        PREF_2 = 0x1000_0000,
        /// It is a copy of one CPU.
        PER_CPU = 0x4000_0000,
        /// It leads to this host.
        LOCAL = 0x8000_0000,
    }
}
