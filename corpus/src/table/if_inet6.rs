//! IPv6 addresses: `/proc/net/if_inet6`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::if_inet6;

use super::line_table::network_table;
use crate::golden::name;

network_table!(IfInet6, if_inet6, "net/if_inet6");

fn words(row: &if_inet6::Row<'_>) -> String {
    let if_inet6::Row { address, index, prefix_length, scope, flags, device } = row;
    let device = name(Some(device));
    format!("{address}/{prefix_length} scope={scope} flags={flags} index={index} {device}")
}
