//! `/proc/net/igmp6` (net/ipv6/mcast.c `igmp6_mc_seq_show`): the IPv6 multicast groups that this
//! host has joined.
//!
//! ```text
//! 1    lo              ff020000000000000000000000000001     1 0000000C 0
//! ```
//!
//! There is no heading. The columns are interface index and name, group, users, flags in
//! hexadecimal, and a timer.

use core::net::Ipv6Addr;

use super::{address, flags::flags};
use crate::{Column, Error, field::Fields, table::impl_table};

const INDEX: Column = Column::new(&"interface index");
const DEVICE: Column = Column::new(&"device");
const GROUP: Column = Column::new(&"group");
const USERS: Column = Column::new(&"users");
const FLAGS: Column = Column::new(&"flags");
const TIMER: Column = Column::new(&"timer");

/// The table of IPv6 multicast groups.
///
/// ```
/// use procnet_core::network::igmp6;
///
/// let file = b"1    lo              ff020000000000000000000000000001     1 0000000C 0\n";
/// let row = igmp6::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.group.to_string(), row.users), ("ff02::1".into(), 1));
/// assert_eq!(row.flags.to_string(), "LOADED|NO_REPORT");
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// One multicast group on one interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The interface index.
    pub index: u32,
    /// The raw interface name.
    pub device: &'a [u8],
    /// The group address.
    pub group: Ipv6Addr,
    /// The number of times it was joined.
    pub users: u32,
    /// Its flags.
    pub flags: Flags,
    /// The timer as printed, in hundredths of a second (`USER_HZ`): negative if overdue, 0 if not
    /// [running](Flags::TIMER_RUNNING).
    pub ticks: i64,
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
            index: fields.next(INDEX)?.either_sign32()?,
            device: fields.next(DEVICE)?.bytes,
            group: address::packed(fields.next(GROUP)?)?,
            users: fields.next(USERS)?.either_sign32()?,
            flags: Flags(fields.next(FLAGS)?.hex32()?),
            ticks: fields.next(TIMER)?.signed64()?,
        })
    }

    /// The time until the next membership report, in hundredths of a second; `None` if none is
    /// scheduled.
    #[must_use]
    pub fn timer(&self) -> Option<i64> {
        self.flags.contains(Flags::TIMER_RUNNING).then_some(self.ticks)
    }
}

flags! {
    /// Flags of a group (include/net/if_inet6.h `MAF_…`).
    Flags: u32 {
        /// A membership report is sent when the timer expires.
        TIMER_RUNNING = 0x1,
        /// This host sent the last membership report.
        LAST_REPORTER = 0x2,
        /// The device filter includes the group.
        LOADED = 0x4,
        /// Membership is never reported.
        NO_REPORT = 0x8,
        /// A source-specific query is to be answered.
        SOURCE_QUERY = 0x10,
    }
}
