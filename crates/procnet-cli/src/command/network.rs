//! `procnet arp`, `route`, `addr`, `igmp`, `ptype` and `wireless`: tables of the network that
//! are no sockets.

use procnet::{Listing, TableCoverage};

use crate::{
    Sight,
    args::{Printing, Shown, ShownByVersion},
    error::Error,
    messages::message,
    output::Writer,
    row::{Record, RecordRow},
};

pub(super) fn arp(args: &Shown) -> Result<Sight, Error> {
    print(args.printing, &args.host.scanner()?.neighbours()?, |_| true)
}

pub(super) fn route(args: &ShownByVersion) -> Result<Sight, Error> {
    let routes = args.shown.host.scanner()?.routes()?;
    print(args.shown.printing, &routes, |route| args.wants(route.destination))
}

pub(super) fn addr(args: &Shown) -> Result<Sight, Error> {
    print(args.printing, &args.host.scanner()?.addresses()?, |_| true)
}

pub(super) fn igmp(args: &ShownByVersion) -> Result<Sight, Error> {
    let groups = args.shown.host.scanner()?.multicast_groups()?;
    print(args.shown.printing, &groups, |membership| args.wants(membership.group))
}

pub(super) fn ptype(args: &Shown) -> Result<Sight, Error> {
    print(args.printing, &args.host.scanner()?.packet_handlers()?, |_| true)
}

pub(super) fn wireless(args: &Shown) -> Result<Sight, Error> {
    print(args.printing, &args.host.scanner()?.wireless_links()?, |_| true)
}

fn print<T: Record>(
    printing: Printing,
    listing: &Listing<T>,
    wanted: impl Fn(&T) -> bool,
) -> Result<Sight, Error> {
    let mut writer = Writer::open(printing, RecordRow::<T>::header())?;
    for row in listing.rows.iter().filter(|row| wanted(row)) {
        writer.row(&RecordRow(row))?;
    }
    writer.finish()?;
    Ok(said(&listing.coverage))
}

/// Says what of a table could not be seen.
pub(super) fn said(coverage: &TableCoverage) -> Sight {
    coverage.to_string().lines().for_each(|line| message!("{line}"));
    if coverage.is_complete() { Sight::Whole } else { Sight::Partial }
}
