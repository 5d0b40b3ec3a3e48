//! Addresses of interfaces.

use std::net::Ipv6Addr;

use procnet_core::network::if_inet6;

use super::Listing;
use crate::{Error, Name, Scanner};

/// An IPv6 address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct InterfaceAddress {
    /// The interface.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub interface: Name,
    /// The interface's number.
    pub index: u32,
    /// The address.
    pub address: Ipv6Addr,
    /// How many leading bits are those of the link, 0 to 128.
    pub prefix_length: u8,
    /// How far it reaches.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub scope: if_inet6::Scope,
    /// What is known of it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub flags: if_inet6::Flags,
}

impl From<if_inet6::Row<'_>> for InterfaceAddress {
    fn from(row: if_inet6::Row<'_>) -> InterfaceAddress {
        InterfaceAddress {
            interface: Name::new(row.device),
            index: row.index,
            address: row.address,
            prefix_length: row.prefix_length,
            scope: row.scope,
            flags: row.flags,
        }
    }
}

impl Scanner {
    /// The IPv6 addresses of interfaces. /proc has no table of those of IPv4.
    ///
    /// # Errors
    ///
    /// If `net/if_inet6` cannot be read, as on a host without IPv6.
    pub fn addresses(&mut self) -> Result<Listing<InterfaceAddress>, Error> {
        self.list("if_inet6", &if_inet6::Table)
    }
}
