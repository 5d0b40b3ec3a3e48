//! Wireless links.

use procnet::network::WirelessLink;

use crate::{
    output::{
        Cells,
        Keep::{Always, UnlessZero},
        Shape::{Number, Word},
    },
    row::{Columns, Record},
};

impl Record for WirelessLink {
    const KEYS: &'static [&'static str] = &[
        "interface",
        "status",
        "link",
        "level",
        "noise",
        "discarded_nwid",
        "discarded_crypt",
        "discarded_frag",
        "discarded_retry",
        "discarded_misc",
        "missed_beacon",
    ];
    const COLUMNS: Columns = &[
        ("Interface", Word, Always),
        ("Status", Number, UnlessZero),
        ("Link", Number, Always),
        ("Level", Number, Always),
        ("Noise", Number, Always),
        ("Nwid", Number, UnlessZero),
        ("Crypt", Number, UnlessZero),
        ("Frag", Number, UnlessZero),
        ("Retry", Number, UnlessZero),
        ("Misc", Number, UnlessZero),
        ("Beacon", Number, UnlessZero),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(&self.interface);
        cells.push(self.status);
        cells.push_option(self.link);
        cells.push_option(self.level);
        cells.push_option(self.noise);
        cells.push(self.discarded_nwid);
        cells.push(self.discarded_crypt);
        cells.push(self.discarded_frag);
        cells.push(self.discarded_retry);
        cells.push(self.discarded_misc);
        cells.push(self.missed_beacon);
    }
}
