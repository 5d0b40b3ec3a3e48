//! The table as kernels print it.

use procnet_core::network::wireless::{Quality, Row};

use crate::render::{
    Host,
    fields::{line, padded},
};

/// The two headings, with their `\n`.
pub const HEADING: &str = concat!(
    "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n",
    " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n",
);

/// A row, with its `\n`: net/wireless/wext-proc.c `wireless_seq_printf_stats`.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let quality = |quality: Quality| {
        format!("{:>3}{}", quality.value, if quality.updated { '.' } else { ' ' })
    };
    let numbers = format!(
        ": {:04x}  {}  {}  {}  {:>6} {:>6} {:>6} {:>6} {:>6}   {:>6}",
        row.status,
        quality(row.link),
        quality(row.level),
        quality(row.noise),
        row.network_id.cast_signed(),
        row.crypt.cast_signed(),
        row.fragment.cast_signed(),
        row.retry.cast_signed(),
        row.misc.cast_signed(),
        row.beacon.cast_signed(),
    );
    line(&[&padded(row.name, 6), numbers.as_bytes()])
}
