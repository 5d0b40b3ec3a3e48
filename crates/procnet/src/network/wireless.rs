//! How well wireless interfaces receive.

use procnet_core::network::wireless;

use super::Listing;
use crate::{Error, Name, Scanner};

/// A wireless interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WirelessLink {
    /// The interface.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serial::shown"))]
    pub interface: Name,
    /// A state that each driver defines for itself.
    pub status: u16,
    /// The quality of the link, on a scale of the driver's own.
    pub link: Option<i32>,
    /// The strength of the signal: dBm if it is below 0. `None` if it is not measured.
    pub level: Option<i32>,
    /// The strength of the noise: dBm if it is below 0. `None` if it is not measured.
    pub noise: Option<i32>,
    /// Packets discarded, as they were of another network.
    pub discarded_nwid: u32,
    /// Packets discarded, as they could not be decrypted.
    pub discarded_crypt: u32,
    /// Packets discarded, as their fragments could not be put together.
    pub discarded_frag: u32,
    /// Packets discarded after too many retries.
    pub discarded_retry: u32,
    /// Packets discarded for other reasons.
    pub discarded_misc: u32,
    /// Beacons that were missed.
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

impl Scanner {
    /// The wireless interfaces, and how well they receive. To read it takes back the marks of
    /// what has changed (`updated`) for other readers.
    ///
    /// # Errors
    ///
    /// If `net/wireless` cannot be read: many kernels are built without it.
    pub fn wireless_links(&mut self) -> Result<Listing<WirelessLink>, Error> {
        self.list("wireless", &wireless::Table)
    }
}
