//! Wireless interfaces.

use procnet_core::network::wireless;

use crate::Name;

/// A wireless interface and its link quality.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WirelessLink {
    /// The interface.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub interface: Name,
    /// A driver-specific status.
    pub status: u16,
    /// The quality of the link, on a scale specific to the driver.
    pub link: Option<i32>,
    /// The signal level, in dBm if negative. `None` if it is not measured.
    pub level: Option<i32>,
    /// The noise level, in dBm if negative. `None` if it is not measured.
    pub noise: Option<i32>,
    /// Packets discarded because they belonged to another network.
    pub discarded_nwid: u32,
    /// Packets discarded because they could not be decrypted.
    pub discarded_crypt: u32,
    /// Packets discarded because their fragments could not be reassembled.
    pub discarded_frag: u32,
    /// Packets discarded after too many retries.
    pub discarded_retry: u32,
    /// Packets discarded for other reasons.
    pub discarded_misc: u32,
    /// Missed beacons.
    pub missed_beacon: u32,
}

impl From<wireless::Row<'_>> for WirelessLink {
    fn from(row: wireless::Row<'_>) -> WirelessLink {
        WirelessLink {
            interface: Name::new(row.name),
            status: row.status,
            link: row.link.reading(),
            level: row.level.reading(),
            noise: row.noise.reading(),
            discarded_nwid: row.network_id,
            discarded_crypt: row.crypt,
            discarded_frag: row.fragment,
            discarded_retry: row.retry,
            discarded_misc: row.misc,
            missed_beacon: row.beacon,
        }
    }
}
