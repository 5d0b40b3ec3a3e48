//! The table in the rendered captures.

use super::render;
use crate::render::Host;

/// Two CPUs of three, as the second is offline; a counter of the last is about to wrap.
pub(super) fn table(host: Host) -> String {
    let row = |cpu: u32| {
        let last = if cpu == 2 { u32::MAX } else { 0x0260_0138 };
        let named = [last, 0x6283, 0xB1, 0, 0, 0, 0, 0, 5, 0x0085_55FC, 0x76, 3, cpu, 1, 2];
        render::row(&named[..render::width(host)])
    };
    [row(0), row(2)].concat()
}
