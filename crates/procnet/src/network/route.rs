//! Routes.

use std::{
    net::{IpAddr, Ipv6Addr},
    ops::ControlFlow,
};

use procnet_core::network::{ipv6_route, route};

use super::Listing;
use crate::{Error, Name, Scanner};

/// An IPv4 or IPv6 route.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Route {
    /// The destination.
    pub destination: IpAddr,
    /// The prefix length of the destination; `None` if its mask is not contiguous, which current
    /// kernels do not allow.
    pub prefix_length: Option<u8>,
    /// The source it is restricted to; `None` if it applies to every source.
    pub source: Option<Ipv6Addr>,
    /// The prefix length of the source, if there is one.
    pub source_prefix_length: Option<u8>,
    /// The next hop; `None` for an on-link destination, and for an IPv4 route with an IPv6 gateway,
    /// which the kernel does not print.
    pub gateway: Option<IpAddr>,
    /// The interface; `None` for a route without one, such as `unreachable`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
    /// The metric: among equal routes the lowest wins.
    pub metric: u32,
    /// Its flags.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub flags: route::Flags,
    /// The advertised segment size plus 40, in bytes. `None` for IPv6, and if not set.
    pub mtu: Option<u32>,
    /// The maximum window, in bytes. `None` for IPv6, and if not set.
    pub window: Option<u32>,
    /// The initial round-trip time, in milliseconds. `None` for IPv6, and if not set.
    pub irtt: Option<u32>,
}

impl From<route::Row<'_>> for Route {
    fn from(row: route::Row<'_>) -> Route {
        let set = |number: u32| (number > 0).then_some(number);
        Route {
            destination: row.destination.into(),
            prefix_length: row.prefix_length(),
            source: None,
            source_prefix_length: None,
            gateway: row.gateway().map(IpAddr::V4),
            interface: row.interface().map(Name::new),
            metric: row.metric,
            flags: row.flags,
            mtu: set(row.mtu),
            window: set(row.window),
            irtt: set(row.irtt),
        }
    }
}

impl From<ipv6_route::Row<'_>> for Route {
    fn from(row: ipv6_route::Row<'_>) -> Route {
        let chosen = row.source_length > 0 || !row.source.is_unspecified();
        Route {
            destination: row.destination.into(),
            prefix_length: Some(row.destination_length),
            source: chosen.then_some(row.source),
            source_prefix_length: chosen.then_some(row.source_length),
            gateway: row.next_hop().map(IpAddr::V6),
            interface: row.device.map(Name::new),
            metric: row.metric,
            flags: row.flags,
            mtu: None,
            window: None,
            irtt: None,
        }
    }
}

impl Scanner {
    pub(super) fn list_routes(&mut self) -> Result<Listing<Route>, Error> {
        let table = route::Table { order: self.order() };
        let mut listing = self.list("route", &table)?;
        self.table6("ipv6_route", &ipv6_route::Table, &mut listing.coverage, |row| {
            listing.rows.extend(row.map(Route::from).ok());
            ControlFlow::Continue(())
        })?;
        Ok(listing)
    }
}
