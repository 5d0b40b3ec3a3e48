//! Neighbours: `/proc/net/arp`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::arp;

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(Arp, arp, "net/arp");

fn words(row: &arp::Row<'_>) -> String {
    let arp::Row { address, hardware_type, flags, hardware, device: _ } = row;
    let (hardware, interface) = (or_none(*hardware), name(row.interface()));
    format!("{address} type={hardware_type} flags={flags} hardware={hardware} {interface}")
}
