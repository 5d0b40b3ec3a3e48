//! The table as kernels print it.

use crate::render::{Host, Kernel};

/// The number of columns that a kernel prints.
#[must_use]
pub fn width(host: Host) -> usize {
    match host.kernel {
        kernel if kernel >= Kernel::V6_12 => 15,
        kernel if kernel >= Kernel::V5_10 => 13,
        kernel if kernel >= Kernel::V4_4 => 11,
        kernel if kernel >= Kernel::V3_0 => 10,
        _ => 9,
    }
}

/// A line, with its `\n`: net/core/net-procfs.c `softnet_seq_show`, net/core/dev.c in 2.6.24
/// and 3.0.
#[must_use]
pub fn row(columns: &[u32]) -> String {
    let columns: Vec<String> = columns.iter().map(|value| format!("{value:08x}")).collect();
    columns.join(" ") + "\n"
}
