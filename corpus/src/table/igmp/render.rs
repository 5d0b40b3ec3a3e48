//! The table as kernels print it.

use procnet_core::network::igmp::Row;

use crate::render::{
    Host,
    fields::{line, padded, word},
};

/// The heading, with its `\n`.
pub const HEADING: &str = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n";

/// A row, with its `\n`: net/ipv4/igmp.c `igmp_mc_seq_show`.
#[must_use]
pub fn row(host: Host, row: &Row<'_>) -> Vec<u8> {
    match row {
        Row::Device(device) => {
            let querier = device.querier.map(|version| format!("V{version}"));
            let querier = querier.unwrap_or_else(|| "NONE".to_owned());
            let index = format!("{}\t", device.index.cast_signed());
            let rest = format!(": {:>5} {querier:>7}", device.count.cast_signed());
            line(&[index.as_bytes(), &padded(device.name, -10), rest.as_bytes()])
        }
        Row::Group(group) => {
            let text = format!(
                "\t\t\t\t{} {:>5} {}:{:08X}\t\t{}",
                word(group.address, host.order),
                group.users.cast_signed(),
                u8::from(group.timer.is_some()),
                group.timer.unwrap_or(0),
                u8::from(group.is_reporter),
            );
            line(&[text.as_bytes()])
        }
    }
}
