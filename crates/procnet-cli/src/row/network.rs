//! Neighbours, routes, addresses, groups, packet handlers and wireless links.

use std::fmt::Display;

use procnet::{GroupMembership, InterfaceAddress, Neighbour, PacketHandler, Route, WirelessLink};

use super::Record;
use crate::output::{
    Cells, Keep,
    Keep::{Always, IfRoom, UnlessZero},
    Shape,
    Shape::{Number, Place, Word},
};

mod tracked;

type Columns = &'static [(&'static str, Shape, Keep)];

impl Record for Neighbour {
    const KEYS: &'static [&'static str] =
        &["address", "hardware_address", "hardware_type", "flags", "interface"];
    const COLUMNS: Columns = &[
        ("Address", Place, Always),
        ("HW Address", Word, Always),
        ("HW Type", Number, IfRoom),
        ("Flags", Word, Always),
        ("Interface", Word, Always),
    ];

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.address);
        cells.push_option(self.hardware_address.as_ref());
        cells.push(self.hardware_type);
        cells.push(self.flags);
        cells.push_option(self.interface.as_ref());
    }
}

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
        ("Destination", Place, Always),
        ("Source", Place, Always),
        ("Gateway", Place, Always),
        ("Interface", Word, Always),
        ("Metric", Number, Always),
        ("Flags", Word, Always),
        ("Mtu", Number, UnlessZero),
        ("Window", Number, UnlessZero),
        ("Irtt", Number, UnlessZero),
    ];

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.destination);
        cells.push_option(self.prefix_length);
        cells.push_option(self.source);
        cells.push_option(self.source_prefix_length);
        way(self, cells);
    }

    fn table(&self, cells: &mut Cells) {
        prefix(cells, Some(self.destination), self.prefix_length);
        prefix(cells, self.source, self.source_prefix_length);
        way(self, cells);
    }
}

/// The cells of a route that are alike in every format: how packets go there.
fn way(route: &Route, cells: &mut Cells) {
    cells.push_option(route.gateway);
    cells.push_option(route.interface.as_ref());
    cells.push(route.metric);
    cells.push(route.flags);
    cells.push_option(route.mtu);
    cells.push_option(route.window);
    cells.push_option(route.irtt);
}

impl Record for InterfaceAddress {
    const KEYS: &'static [&'static str] =
        &["interface", "index", "address", "prefix_length", "scope", "flags"];
    const COLUMNS: Columns = &[
        ("Interface", Word, Always),
        ("Index", Number, IfRoom),
        ("Address", Place, Always),
        ("Scope", Word, Always),
        ("Flags", Word, Always),
    ];

    fn csv(&self, cells: &mut Cells) {
        cells.push(&self.interface);
        cells.push(self.index);
        cells.push(self.address);
        cells.push(self.prefix_length);
        cells.push(self.scope);
        cells.push(self.flags);
    }

    fn table(&self, cells: &mut Cells) {
        cells.push(&self.interface);
        cells.push(self.index);
        prefix(cells, Some(self.address), Some(self.prefix_length));
        cells.push(self.scope);
        cells.push(self.flags);
    }
}

impl Record for GroupMembership {
    const KEYS: &'static [&'static str] =
        &["interface", "index", "group", "users", "timer_ms", "reporter", "version"];
    const COLUMNS: Columns = &[
        ("Interface", Word, Always),
        ("Index", Number, IfRoom),
        ("Group", Place, Always),
        ("Users", Number, Always),
        ("Timer ms", Number, Always),
        ("Reporter", Word, Always),
        ("IGMP", Number, Always),
    ];

    fn csv(&self, cells: &mut Cells) {
        group(self, cells, Some(self.reporter));
    }

    fn table(&self, cells: &mut Cells) {
        group(self, cells, self.reporter.then_some("yes"));
    }
}

/// The cells of a group, with the form that a format has for whether it was reported.
fn group(membership: &GroupMembership, cells: &mut Cells, reporter: Option<impl Display>) {
    cells.push_option(membership.interface.as_ref());
    cells.push_option(membership.index);
    cells.push(membership.group);
    cells.push(membership.users);
    cells.push_option(membership.timer_ms);
    cells.push_option(reporter);
    cells.push_option(membership.version);
}

impl Record for PacketHandler {
    const KEYS: &'static [&'static str] = &["packet_type", "interface", "function", "module"];
    const COLUMNS: Columns = &[
        ("Type", Word, Always),
        ("Interface", Word, Always),
        ("Function", Word, Always),
        ("Module", Word, Always),
    ];

    fn csv(&self, cells: &mut Cells) {
        cells.push(self.packet_type);
        cells.push_option(self.interface.as_ref());
        cells.push(&self.function);
        cells.push_option(self.module.as_ref());
    }
}

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

    fn csv(&self, cells: &mut Cells) {
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

/// `192.0.2.0/24`.
fn prefix(cells: &mut Cells, address: Option<impl Display>, length: Option<u8>) {
    match (address, length) {
        (Some(address), Some(length)) => cells.push(format_args!("{address}/{length}")),
        (address, _) => cells.push_option(address),
    }
}
