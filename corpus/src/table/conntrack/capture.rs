//! The table in the rendered captures.

use super::render;
use crate::render::Host;

/// Counters of three CPUs.
pub(super) fn table(host: Host) -> String {
    let columns = render::names(host).len() as u32;
    let row = |cpu: u32| {
        let mut values: Vec<u32> = (0..columns).map(|at| at * 1000 + cpu).collect();
        // The same in every row.
        values[0] = 0x1234;
        values[2] = u32::MAX - cpu;
        values
    };
    render::table(host, &[row(0), row(1), row(2)])
}
