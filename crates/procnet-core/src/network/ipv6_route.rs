//! `/proc/net/ipv6_route` (net/ipv6/ip6_fib.c `ipv6_route_native_seq_show`): the IPv6 routes of
//! all tables, including those to local and multicast addresses.
//!
//! ```text
//! fd00…0000 40 0000…0000 00 0000…0000 00000100 00000001 00000000 00000001     eth0
//! ```
//!
//! There is no heading. The columns are destination and source with their prefix lengths, next
//! hop, metric, references, uses and flags, all hexadecimal, and the device, which may be empty.

use core::net::Ipv6Addr;

use super::{address, route::Flags};
use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields},
    table::impl_table,
};

const DESTINATION: Column = Column::new(&"destination");
const DESTINATION_LENGTH: Column = Column::new(&"destination prefix length");
const SOURCE: Column = Column::new(&"source");
const SOURCE_LENGTH: Column = Column::new(&"source prefix length");
const NEXT_HOP: Column = Column::new(&"next hop");
const METRIC: Column = Column::new(&"metric");
const REFERENCES: Column = Column::new(&"reference count");
const USES: Column = Column::new(&"use");
const FLAGS: Column = Column::new(&"flags");
const DEVICE: Column = Column::new(&"device");

/// The table of IPv6 routes.
///
/// ```
/// use procnet_core::network::ipv6_route;
///
/// let file = b"00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
///     fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n";
/// let row = ipv6_route::Table.rows(file).next().unwrap()?;
/// assert_eq!(row.next_hop().unwrap().to_string(), "fd00::1");
/// assert_eq!((row.destination_length, row.device), (0, Some(&b"eth0"[..])));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// One route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The destination prefix.
    pub destination: Ipv6Addr,
    /// The prefix length of the destination, 0 to 128.
    pub destination_length: u8,
    /// The source prefix; all zeros if the route applies to any source.
    pub source: Ipv6Addr,
    /// The prefix length of the source, 0 to 128.
    pub source_length: u8,
    /// The next hop as printed; see [`next_hop`](Row::next_hop).
    pub gateway: Ipv6Addr,
    /// The metric; the route with the lowest is preferred.
    pub metric: u32,
    /// The reference count.
    pub references: u32,
    /// The use count; 0 in kernels that no longer count.
    pub uses: u32,
    /// Its flags.
    pub flags: Flags,
    /// The raw interface name, if the route has a device.
    pub device: Option<&'a [u8]>,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column other than the device is missing, or one is malformed.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        Ok(Row {
            destination: address::packed(fields.next(DESTINATION)?)?,
            destination_length: prefix_length(fields.next(DESTINATION_LENGTH)?)?,
            source: address::packed(fields.next(SOURCE)?)?,
            source_length: prefix_length(fields.next(SOURCE_LENGTH)?)?,
            gateway: address::packed(fields.next(NEXT_HOP)?)?,
            metric: fields.next(METRIC)?.hex32()?,
            references: fields.next(REFERENCES)?.hex32()?,
            uses: fields.next(USES)?.hex32()?,
            flags: Flags(fields.next(FLAGS)?.hex32()?),
            device: fields.next_if_any(DEVICE).map(|field| field.bytes),
        })
    }

    /// The next hop; `None` if the destination is on-link.
    #[must_use]
    pub fn next_hop(&self) -> Option<Ipv6Addr> {
        (!self.gateway.is_unspecified()).then_some(self.gateway)
    }
}

/// A prefix length in hexadecimal, at most 128.
pub(super) fn prefix_length(field: Field<'_>) -> Result<u8, Error> {
    match field.hex8()? {
        length @ 0..=128 => Ok(length),
        _ => Err(field.error(ErrorKind::Overflow, 0)),
    }
}
