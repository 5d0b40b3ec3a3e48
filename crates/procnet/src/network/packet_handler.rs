//! Kernel functions that receive packets.

use procnet_core::network::ptype::{self, PacketType};

use crate::Name;

/// A kernel function that receives packets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PacketHandler {
    /// The packets it receives: `ALL`, or an EtherType.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub packet_type: PacketType,
    /// The interface; `None` if it receives from all interfaces.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown_option"))]
    pub interface: Option<Name>,
    /// The name of the function, or its address.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub function: Name,
    /// The module it is in; `None` for the kernel itself.
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
