//! Packet handlers: `/proc/net/ptype`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::ptype;

use super::line_table::network_table;
use crate::golden::name;

network_table!(Ptype, ptype, "net/ptype");

fn words(row: &ptype::Row<'_>) -> String {
    let ptype::Row { kind, device, function } = row;
    let (device, symbol) = (name(*device), name(Some(function.symbol())));
    format!("{kind} {device} {symbol} module={}", name(function.module()))
}
