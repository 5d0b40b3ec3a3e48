//! Multicast group memberships of IPv4 and IPv6.

use std::fmt::Display;

use procnet::{
    decode::{ByteOrder, network::igmp, table::Table as _},
    network::{GroupDevice, GroupMembership},
};

use crate::{
    command::decode::{Decoder, Report},
    error::Error,
    output::{
        Cells, Header,
        Keep::{Always, IfRoom},
        Shape::{Address, Number, Word},
    },
    row::{Columns, Record},
};

impl Record for GroupMembership {
    const KEYS: &'static [&'static str] =
        &["interface", "index", "group", "users", "timer_ms", "reporter", "version"];
    const COLUMNS: Columns = &[
        ("Interface", Word, Always),
        ("Index", Number, IfRoom),
        ("Group", Address, Always),
        ("Users", Number, Always),
        ("Timer ms", Number, Always),
        ("Reporter", Word, Always),
        ("IGMP", Number, Always),
    ];

    fn values(&self, cells: &mut Cells) {
        group(self, cells, Some(self.reporter));
    }

    fn cells(&self, cells: &mut Cells) {
        group(self, cells, self.reporter.then_some("yes"));
    }
}

/// The columns, with whether this host reported the group in the form of the format.
fn group(membership: &GroupMembership, cells: &mut Cells, reporter: Option<impl Display>) {
    cells.push_option(membership.interface.as_ref());
    cells.push_option(membership.index);
    cells.push(membership.group);
    cells.push(membership.users);
    cells.push_option(membership.timer_ms);
    cells.push_option(reporter);
    cells.push_option(membership.version);
}

/// Decodes `igmp`, where a line names the interface of the groups that follow.
struct IgmpDecoder {
    table: igmp::Table,
    device: GroupDevice,
}

impl Decoder for IgmpDecoder {
    fn header(&self) -> Header {
        Header::of::<GroupMembership>()
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let Some(row) = self.table.row(line, number) else { return Ok(()) };
        if let Err(error) = row {
            report.error(number, error);
        }
        match self.device.take(row) {
            Some(group) => report.record(&group),
            None => Ok(()),
        }
    }
}

pub(super) fn igmp_decoder(order: ByteOrder) -> Box<dyn Decoder> {
    Box::new(IgmpDecoder { table: igmp::Table { order }, device: GroupDevice::default() })
}
