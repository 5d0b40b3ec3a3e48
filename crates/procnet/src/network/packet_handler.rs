//! Who takes packets.

use procnet_core::network::ptype::{self, PacketType};

use super::Listing;
use crate::{Error, Name, Scanner};

/// A function of the kernel that takes packets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PacketHandler {
    /// The packets that it takes: `ALL`, or the number in an Ethernet frame.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub packet_type: PacketType,
    /// The interface; `None` if it takes those of all.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
    /// The function's name, or its address.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub function: Name,
    /// The module that it is in; `None` for the kernel itself.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub module: Option<Name>,
}

impl From<ptype::Row<'_>> for PacketHandler {
    fn from(row: ptype::Row<'_>) -> PacketHandler {
        PacketHandler {
            packet_type: row.kind,
            interface: row.device.map(Name::new),
            function: Name::new(row.function.symbol()),
            module: row.function.module().map(Name::new),
        }
    }
}

impl Scanner {
    /// The functions of the kernel that take packets: `packet_rcv` for each packet socket that
    /// takes all, and one for each protocol.
    ///
    /// # Errors
    ///
    /// If `net/ptype` cannot be read.
    pub fn packet_handlers(&mut self) -> Result<Listing<PacketHandler>, Error> {
        self.list("ptype", &ptype::Table)
    }
}
