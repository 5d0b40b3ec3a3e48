//! Multicast groups.

use std::{net::IpAddr, ops::ControlFlow};

use procnet_core::{
    Error as DecodeError,
    network::{igmp, igmp6},
};

use super::Listing;
use crate::{Error, Name, Scanner};

/// A multicast group the host has joined on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GroupMembership {
    /// The interface; `None` if its line does not decode.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
    /// The interface index.
    pub index: Option<u32>,
    /// The address of the group.
    pub group: IpAddr,
    /// The number of users that have joined it.
    pub users: u32,
    /// The time until the next membership report, in milliseconds, negative if overdue; `None` if
    /// no report is due.
    pub timer_ms: Option<i64>,
    /// Whether this host was the last to report it.
    pub reporter: bool,
    /// The IGMP version used on the interface, 1 to 3; `None` for IPv6.
    pub version: Option<u8>,
}

/// The interface of the groups on the next lines of `net/igmp`.
///
/// The file has a line for each interface, followed by a line for each of its groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupDevice {
    known: Option<(Name, u32, Option<u8>)>,
}

impl GroupDevice {
    /// Takes the next line. Returns a group with the interface it was joined on, and `None` for the
    /// line of an interface and for a line that does not decode.
    pub fn take(&mut self, row: Result<igmp::Row<'_>, DecodeError>) -> Option<GroupMembership> {
        match row {
            Ok(igmp::Row::Device(device)) => {
                self.known = Some((Name::new(device.name), device.index, device.querier));
                None
            }
            Ok(igmp::Row::Group(group)) => {
                let known = self.known.as_ref();
                Some(GroupMembership {
                    interface: known.map(|(name, ..)| name.clone()),
                    index: known.map(|(_, index, _)| *index),
                    group: group.address.into(),
                    users: group.users,
                    timer_ms: group
                        .timer
                        .map(|ticks| milliseconds(ticks.try_into().unwrap_or(i64::MAX))),
                    reporter: group.is_reporter,
                    version: known.and_then(|(.., querier)| *querier),
                })
            }
            Err(error) => {
                // Otherwise the groups that follow would be attributed to the previous interface.
                if ["Idx", "Device", "Count", "Querier", "line"].contains(&error.column().name()) {
                    self.known = None;
                }
                None
            }
        }
    }
}

impl From<igmp6::Row<'_>> for GroupMembership {
    fn from(row: igmp6::Row<'_>) -> GroupMembership {
        GroupMembership {
            interface: Some(Name::new(row.device)),
            index: Some(row.index),
            group: row.group.into(),
            users: row.users,
            timer_ms: row.timer().map(milliseconds),
            reporter: row.flags.contains(igmp6::Flags::LAST_REPORTER),
            version: None,
        }
    }
}

/// From ticks of 1/100 s: `USER_HZ` is 100 on every supported architecture.
fn milliseconds(ticks: i64) -> i64 {
    ticks.saturating_mul(10)
}

impl Scanner {
    pub(super) fn list_multicast_groups(&mut self) -> Result<Listing<GroupMembership>, Error> {
        let mut listing = Listing::default();
        let mut device = GroupDevice::default();
        let table = igmp::Table { order: self.order() };
        self.table("igmp", &table, &mut listing.coverage, |row| {
            listing.rows.extend(device.take(row));
            ControlFlow::Continue(())
        })?;
        self.table6("igmp6", &igmp6::Table, &mut listing.coverage, |row| {
            listing.rows.extend(row.map(GroupMembership::from).ok());
            ControlFlow::Continue(())
        })?;
        Ok(listing)
    }
}
