//! IPv4 neighbours.

use std::net::Ipv4Addr;

use procnet_core::network::arp;

use crate::Name;

/// An IPv4 neighbour, or an address for which this host answers as a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Neighbour {
    /// Its address.
    pub address: Ipv4Addr,
    /// Its hardware address as text: at most nine octets in lower case, separated by colons; all
    /// zeros while it is not known. `None` if devices of this type have none.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub hardware_address: Option<Name>,
    /// The type of the device (`ARPHRD_…`): 1 is Ethernet.
    pub hardware_type: u16,
    /// Its flags.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub flags: arp::Flags,
    /// The interface; `None` for a proxy entry that applies to all interfaces.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
}

impl From<arp::Row<'_>> for Neighbour {
    fn from(row: arp::Row<'_>) -> Neighbour {
        let hardware = |address: arp::HardwareAddress<'_>| match address {
            arp::HardwareAddress::Octets(text) => Name::new(&text.to_ascii_lowercase()),
            arp::HardwareAddress::CallSign(text) => Name::new(text),
        };
        Neighbour {
            address: row.address,
            hardware_address: row.hardware.map(hardware),
            hardware_type: row.hardware_type,
            flags: row.flags,
            interface: row.interface().map(Name::new),
        }
    }
}
