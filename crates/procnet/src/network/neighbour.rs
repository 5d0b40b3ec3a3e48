//! Who is near.

use std::net::Ipv4Addr;

use procnet_core::network::arp;

use super::Listing;
use crate::{Error, Name, Scanner};

/// An IPv4 neighbour, or an address that this host answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Neighbour {
    /// Its address.
    pub address: Ipv4Addr,
    /// Its hardware address in text: octets in lower case between colons, nine at most; all
    /// zeros while it is not known. `None` where devices have none.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub hardware_address: Option<Name>,
    /// The kind of the device (`ARPHRD_…`): 1 is Ethernet.
    pub hardware_type: u16,
    /// What is known of it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub flags: arp::Flags,
    /// The interface; `None` for an address that is answered for on all of them.
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

impl Scanner {
    /// The IPv4 neighbours: whose hardware address is known, is looked for, or was set. /proc
    /// has no table of those of IPv6.
    ///
    /// # Errors
    ///
    /// If `net/arp` cannot be read.
    pub fn neighbours(&mut self) -> Result<Listing<Neighbour>, Error> {
        self.list("arp", &arp::Table)
    }
}
