//! Addresses of interfaces.

use std::net::Ipv6Addr;

use procnet_core::network::if_inet6;

use crate::Name;

/// An IPv6 address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct InterfaceAddress {
    /// The interface.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub interface: Name,
    /// The interface index.
    pub index: u32,
    /// The address.
    pub address: Ipv6Addr,
    /// The length of its prefix, 0 to 128 bits.
    pub prefix_length: u8,
    /// Its scope.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub scope: if_inet6::Scope,
    /// Its flags.
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
