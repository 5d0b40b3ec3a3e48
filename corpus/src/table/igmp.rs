//! IPv4 multicast groups: `/proc/net/igmp`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::igmp;

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(Igmp, igmp, "net/igmp", order);

fn words(row: &igmp::Row<'_>) -> String {
    match row {
        igmp::Row::Device(igmp::Device { index, name: device, count, querier }) => {
            let (device, querier) = (name(Some(device)), or_none(*querier));
            format!("device {device} index={index} count={count} querier={querier}")
        }
        igmp::Row::Group(igmp::Group { address, users, timer, is_reporter }) => {
            format!(
                "group {address} users={users} timer={} reporter={is_reporter}",
                or_none(*timer)
            )
        }
    }
}
