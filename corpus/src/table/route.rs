//! IPv4 routes: `/proc/net/route`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::network::route;

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(Route, route, "net/route", order);

fn words(row: &route::Row<'_>) -> String {
    let route::Row {
        destination, flags, references, uses, metric, mask, mtu, window, irtt, ..
    } = row;
    format!(
        "{destination}/{} mask={mask} gateway={} flags={flags} references={references} uses={uses} \
         metric={metric} mtu={mtu} window={window} irtt={irtt} {}",
        or_none(row.prefix_length()),
        or_none(row.gateway()),
        name(row.interface()),
    )
}
