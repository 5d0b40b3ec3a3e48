//! Routes of IPv4 and IPv6.

use procnet::network::Route;

use super::listing::prefix;
use crate::{
    output::{
        Cells,
        Keep::{Always, UnlessZero},
        Shape::{Address, Number, Word},
    },
    row::{Columns, Record},
};

impl Record for Route {
    const KEYS: &'static [&'static str] = &[
        "destination",
        "prefix_length",
        "source",
        "source_prefix_length",
        "gateway",
        "interface",
        "metric",
        "flags",
        "mtu",
        "window",
        "irtt",
    ];
    const COLUMNS: Columns = &[
        ("Destination", Address, Always),
        ("Source", Address, Always),
        ("Gateway", Address, Always),
        ("Interface", Word, Always),
        ("Metric", Number, Always),
        ("Flags", Word, Always),
        ("Mtu", Number, UnlessZero),
        ("Window", Number, UnlessZero),
        ("Irtt", Number, UnlessZero),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(self.destination);
        cells.push_option(self.prefix_length);
        cells.push_option(self.source);
        cells.push_option(self.source_prefix_length);
        next_hop(self, cells);
    }

    fn cells(&self, cells: &mut Cells) {
        prefix(cells, Some(self.destination), self.prefix_length);
        prefix(cells, self.source, self.source_prefix_length);
        next_hop(self, cells);
    }
}

/// The columns that are the same in every format.
fn next_hop(route: &Route, cells: &mut Cells) {
    cells.push_option(route.gateway);
    cells.push_option(route.interface.as_ref());
    cells.push(route.metric);
    cells.push(route.flags);
    cells.push_option(route.mtu);
    cells.push_option(route.window);
    cells.push_option(route.irtt);
}
