//! -e and -b: what sock_diag reports of packet sockets, for programs. People read it below the row.

use serde_json::Value;

use super::{Attributes, ExtraColumn};

macro_rules! members {
    ($($key:literal,)*) => {
        &[$(ExtraColumn::program(concat!("details.", $key), |attributes| {
            member(attributes, $key)
        }),)*]
    };
}

pub(super) const COLUMNS: &[ExtraColumn] = members! {
    "packet.version",
    "packet.reserve",
    "packet.copy_thresh",
    "packet.timestamp",
    "packet.flags",
    "packet.rx_ring.block_size",
    "packet.rx_ring.block_nr",
    "packet.rx_ring.frame_size",
    "packet.rx_ring.frame_nr",
    "packet.rx_ring.retire_tmo",
    "packet.rx_ring.sizeof_priv",
    "packet.rx_ring.features",
    "packet.tx_ring.block_size",
    "packet.tx_ring.block_nr",
    "packet.tx_ring.frame_size",
    "packet.tx_ring.frame_nr",
    "packet.tx_ring.retire_tmo",
    "packet.tx_ring.sizeof_priv",
    "packet.tx_ring.features",
    "packet.fanout.id",
    "packet.fanout.type",
    "packet.memberships",
};

pub(super) const FILTER: &[ExtraColumn] = members! { "filter", };

/// --bpf-maps, of other kinds.
pub(super) const STORAGES: &[ExtraColumn] = members! { "bpf_storages", };

/// A member of the details, as JSON has it; arrays are JSON text.
fn member(attributes: &Attributes<'_>, path: &str) -> Option<String> {
    // Most sockets have none of this.
    let details = &attributes.details;
    if details.packet.is_none() && details.filter.is_none() && details.storages.is_none() {
        return None;
    }
    let all = serde_json::to_value(details).ok()?;
    match path.split('.').try_fold(&all, |value, key| value.get(key))? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
