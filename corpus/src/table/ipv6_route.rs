//! IPv6 routes: `/proc/net/ipv6_route`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::ipv6_route;

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(Ipv6Route, ipv6_route, "net/ipv6_route");

fn words(row: &ipv6_route::Row<'_>) -> String {
    let ipv6_route::Row { destination, source, metric, references, uses, flags, .. } = row;
    format!(
        "{destination}/{} from={source}/{} next={} metric={metric} references={references} \
         uses={uses} flags={flags} {}",
        row.destination_length,
        row.source_length,
        or_none(row.next_hop()),
        name(row.device),
    )
}
