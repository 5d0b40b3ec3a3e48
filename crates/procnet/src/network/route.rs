//! Where packets go.

use std::{
    net::{IpAddr, Ipv6Addr},
    ops::ControlFlow,
};

use procnet_core::network::{ipv6_route, route};

use super::Listing;
use crate::{Error, Name, Scanner};

/// A route of IPv4 or IPv6.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Route {
    /// Where it leads.
    pub destination: IpAddr,
    /// How many leading bits of the destination count; `None` if the mask has gaps, which no
    /// kernel of today lets it have.
    pub prefix_length: Option<u8>,
    /// Whose packets it is for; `None` for everybody's.
    pub source: Option<Ipv6Addr>,
    /// How many leading bits of the source count, if there is one.
    pub source_prefix_length: Option<u8>,
    /// The next hop; `None` for what is on the link, and where a route of IPv4 has a gateway of
    /// IPv6, which the kernel does not print.
    pub gateway: Option<IpAddr>,
    /// The interface; `None` for a route that leads nowhere.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
    /// Of several routes the one with the least is taken.
    pub metric: u32,
    /// What kind of route it is.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub flags: route::Flags,
    /// Bytes: the advertised segment size and 40 more. `None` of IPv6, and if none is set.
    pub mtu: Option<u32>,
    /// The largest window, bytes. `None` of IPv6, and if none is set.
    pub window: Option<u32>,
    /// The first round trip time, milliseconds. `None` of IPv6, and if none is set.
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
    /// The routes: those of IPv4 in the main table, then those of IPv6 in every table, local
    /// and multicast ones included.
    ///
    /// Of a multipath route of IPv4 the kernel prints the first next hop alone.
    ///
    /// # Errors
    ///
    /// If `net/route` cannot be read. What could not be read of IPv6 is in the coverage.
    pub fn routes(&mut self) -> Result<Listing<Route>, Error> {
        let table = route::Table { order: self.order() };
        let mut listing = self.list("route", &table)?;
        self.table6("ipv6_route", &ipv6_route::Table, &mut listing.coverage, |row| {
            listing.rows.extend(row.map(Route::from).ok());
            ControlFlow::Continue(())
        })?;
        Ok(listing)
    }
}
