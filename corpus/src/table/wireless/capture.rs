//! The rows in the rendered captures.

use procnet_core::network::wireless::{self, Quality};

use crate::render::{Host, LONG_NAME};

/// Interfaces whose quality is in dBm, on a relative scale, and not available.
pub(super) fn rows(_: Host) -> impl IntoIterator<Item = wireless::Row<'static>> {
    let quality = |[link, level, noise]: [i32; 3], updated| {
        [link, level, noise].map(|value| Quality { value, updated })
    };
    let row = |name, [link, level, noise]: [Quality; 3], counts: [u32; 6]| {
        let [network_id, crypt, fragment, retry, misc, beacon] = counts;
        wireless::Row {
            name,
            status: 0,
            link,
            level,
            noise,
            network_id,
            crypt,
            fragment,
            retry,
            misc,
            beacon,
        }
    };
    let rows: [wireless::Row<'_>; 4] = [
        row(b"wlan0", quality([54, -56, -256], true), [0, 0, 0, 1, 0, 0]),
        row(LONG_NAME, quality([70, 40, 10], false), [1, 22, 333, 4444, 1_234_567, 8]),
        row(b"face|x", quality([0, -256, -256], false), [0; 6]),
        row(b"*", quality([100, -100, -95], true), [u32::MAX, 0x7FFF_FFFF, 0, 0, 0, 0]),
    ];
    rows
}
