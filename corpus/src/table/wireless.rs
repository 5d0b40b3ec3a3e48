//! Wireless interfaces: `/proc/net/wireless`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::wireless;

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(Wireless, wireless, "net/wireless");

fn words(row: &wireless::Row<'_>) -> String {
    let quality = |quality: wireless::Quality| {
        format!("{}{}", or_none(quality.reading()), if quality.updated { "." } else { "" })
    };
    format!(
        "{} status={:x} link={} level={} noise={} nwid={} crypt={} frag={} retry={} misc={} \
         beacon={}",
        name(Some(row.name)),
        row.status,
        quality(row.link),
        quality(row.level),
        quality(row.noise),
        row.network_id,
        row.crypt,
        row.fragment,
        row.retry,
        row.misc,
        row.beacon,
    )
}
