//! The table as kernels print it.

use super::naive::Row;
use crate::render::{Host, Kernel};

/// The two headings, with their `\n`.
pub const HEADING: &str = concat!(
    "Inter-|   Receive                                                |  Transmit\n",
    " face |bytes    packets errs drop fifo frame compressed multicast",
    "|bytes    packets errs drop fifo colls carrier compressed\n",
);

/// The minimum width of each counter, except for the first one in 2.6.24.
const WIDTHS: [usize; 16] = [7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10];

/// A row, with its `\n`: net/core/net-procfs.c `dev_seq_printf_stats`; net/core/dev.c in
/// 2.6.24, which prints no blank after the colon and counts in `unsigned long`.
#[must_use]
pub fn row(host: Host, row: &Row) -> Vec<u8> {
    let old = host.kernel == Kernel::V2_6_24;
    let mut line = vec![b' '; 6_usize.saturating_sub(row.name.len())];
    line.extend(&row.name);
    line.push(b':');
    for (at, (value, width)) in row.counters.iter().zip(WIDTHS).enumerate() {
        let value = if old { host.word.long(*value) } else { *value };
        line.extend(match at {
            0 if old => format!("{value:>8}").bytes().collect::<Vec<u8>>(),
            _ => format!(" {value:>width$}").bytes().collect(),
        });
    }
    line.push(b'\n');
    line
}
