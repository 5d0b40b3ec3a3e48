//! IPv6 multicast groups: `/proc/net/igmp6`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::igmp6;

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(Igmp6, igmp6, "net/igmp6");

fn words(row: &igmp6::Row<'_>) -> String {
    let igmp6::Row { index, device, group, users, flags, .. } = row;
    let (device, timer) = (name(Some(device)), or_none(row.timer()));
    format!("{group} users={users} flags={flags} timer={timer} index={index} {device}")
}
