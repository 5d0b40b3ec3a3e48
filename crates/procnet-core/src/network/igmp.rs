//! `/proc/net/igmp` (net/ipv4/igmp.c `igmp_mc_seq_show`): the IPv4 multicast groups that this host
//! has joined.
//!
//! ```text
//! Idx     Device    : Count Querier       Group    Users Timer    Reporter
//! 1       lo        :     1      V3
//!                                 010000E0     1 0:00000000               0
//! ```
//!
//! The line of an interface is followed by lines for its groups, which start with tabs. Either is
//! a [`Row`]; a group belongs to the last interface before it.

use core::net::Ipv4Addr;

use super::address;
use crate::{
    ByteOrder, Column, Error, ErrorKind,
    field::{Field, Fields},
    table::impl_table,
};

const INDEX: Column = Column::new(&"Idx");
const DEVICE: Column = Column::new(&"Device");
const COUNT: Column = Column::new(&"Count");
const QUERIER: Column = Column::new(&"Querier");
const GROUP: Column = Column::new(&"Group");
const USERS: Column = Column::new(&"Users");
const TIMER: Column = Column::new(&"Timer");
const REPORTER: Column = Column::new(&"Reporter");

/// The table of IPv4 multicast groups.
///
/// ```
/// use procnet_core::{ByteOrder, network::igmp::{Row, Table}};
///
/// let file = b"1\tlo        :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n";
/// let mut rows = Table { order: ByteOrder::Little }.rows(file);
/// let Row::Device(device) = rows.next().unwrap()? else { panic!("a group") };
/// assert_eq!((device.name, device.querier), (&b"lo"[..], Some(3)));
/// let Row::Group(group) = rows.next().unwrap()? else { panic!("a device") };
/// assert_eq!(group.address.to_string(), "224.0.0.1");
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The byte order of the host that printed it.
    pub order: ByteOrder,
}

impl_table! {
    Table: |table, line| Row::decode(line, table.order),
    heading: |line, number| number == 1 && line.starts_with(b"Idx\t"),
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// An interface; the groups in the lines after it belong to it.
    Device(Device<'a>),
    /// A group.
    Group(Group),
}

/// An interface with multicast support.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device<'a> {
    /// The interface index.
    pub index: u32,
    /// The raw interface name.
    pub name: &'a [u8],
    /// The number of groups joined on it.
    pub count: u32,
    /// The IGMP version in use, 1 to 3; `None` (printed as `NONE`) in kernels without
    /// `CONFIG_IP_MULTICAST`.
    pub querier: Option<u8>,
}

/// A multicast group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group address.
    pub address: Ipv4Addr,
    /// The number of times it was joined.
    pub users: u32,
    /// The time until the next membership report, in hundredths of a second (`USER_HZ`); `None`
    /// if none is scheduled.
    pub timer: Option<u64>,
    /// Whether this host sent the last membership report.
    pub is_reporter: bool,
}

impl<'a> Row<'a> {
    /// Decodes a line printed by a host with this byte order.
    ///
    /// # Errors
    ///
    /// If a column is missing or malformed.
    pub fn decode(line: &'a [u8], order: ByteOrder) -> Result<Row<'a>, Error> {
        match line.first() {
            Some(b'\t' | b' ') => Group::decode(line, order).map(Row::Group),
            _ => Device::decode(line).map(Row::Device),
        }
    }
}

impl<'a> Device<'a> {
    fn decode(line: &'a [u8]) -> Result<Device<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let index = fields.next(INDEX)?.either_sign32()?;
        let name = fields.next(DEVICE)?;
        // There is no blank between a long name and the colon; up to 3.0 a name may contain colons.
        let colon = match memchr::memrchr(b':', line) {
            Some(colon) if colon >= name.offset => colon,
            _ => return Err(name.error(ErrorKind::Separator, name.bytes.len())),
        };
        let name = line.get(name.offset..colon).unwrap_or_default().trim_ascii_end();
        if name.is_empty() {
            return Err(Error::new(ErrorKind::Missing, DEVICE, colon));
        }
        let mut fields = Fields::new(line, colon + 1);
        let count = fields.next(COUNT)?.either_sign32()?;
        let querier = fields.next(QUERIER)?;
        let querier = match querier.bytes {
            b"NONE" => None,
            [b'V', version @ b'1'..=b'3'] => Some(version - b'0'),
            _ => return Err(querier.error(ErrorKind::Unexpected, 0)),
        };
        Ok(Device { index, name, count, querier })
    }
}

impl Group {
    fn decode(line: &[u8], order: ByteOrder) -> Result<Group, Error> {
        let mut fields = Fields::new(line, 0);
        let address = address::word(fields.next(GROUP)?, order)?;
        let users = fields.next(USERS)?.either_sign32()?;
        let (running, ticks) = fields.next(TIMER)?.split(b':', TIMER)?;
        let ticks = ticks.hex64()?;
        let timer = is_set(running)?.then_some(ticks);
        Ok(Group { address, users, timer, is_reporter: is_set(fields.next(REPORTER)?)? })
    }
}

/// A number that is a boolean.
fn is_set(field: Field<'_>) -> Result<bool, Error> {
    field.either_sign32().map(|number| number != 0)
}
