//! Multicast groups.

use std::{net::IpAddr, ops::ControlFlow};

use procnet_core::{
    Error as DecodeError,
    network::{igmp, igmp6},
};

use super::Listing;
use crate::{Error, Name, Scanner};

/// A multicast group that this host has joined on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GroupMembership {
    /// The interface; `None` if its line does not decode.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
    /// The interface's number.
    pub index: Option<u32>,
    /// The group's address.
    pub group: IpAddr,
    /// How many have joined it.
    pub users: u32,
    /// When it will be reported, milliseconds from now, below 0 if that is overdue; `None` if
    /// it is not due.
    pub timer_ms: Option<i64>,
    /// Whether this host was the last to report it.
    pub reporter: bool,
    /// The version of IGMP that is spoken on the interface, 1 to 3; `None` of IPv6.
    pub version: Option<u8>,
}

/// Whose the groups of igmp's next lines are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupDevice {
    known: Option<(Name, u32, Option<u8>)>,
}

impl GroupDevice {
    /// Takes the next line: a group, with the interface that it was joined on; `None` for the
    /// line of an interface, and for one that does not decode.
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
                // Groups are not taken for those of another interface.
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

/// Of hundredths of a second: `USER_HZ` is 100 wherever this runs.
fn milliseconds(ticks: i64) -> i64 {
    ticks.saturating_mul(10)
}

impl Scanner {
    /// The multicast groups that this host has joined, of IPv4, then of IPv6.
    ///
    /// # Errors
    ///
    /// If `net/igmp` cannot be read. What could not be read of IPv6 is in the coverage.
    pub fn multicast_groups(&mut self) -> Result<Listing<GroupMembership>, Error> {
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
