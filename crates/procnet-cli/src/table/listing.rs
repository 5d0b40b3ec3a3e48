//! Tables that the library lists whole: read, printed row by row.

use std::{fmt::Display, net::IpAddr};

use procnet::{
    Scanner,
    network::{Listing, TableCoverage},
};

use crate::{
    Outcome,
    args::Shown,
    error::Error,
    messages::message,
    output::{Cells, Header, Writer},
    row::Record,
};

/// Options of a table that has rows of both IP versions.
#[derive(Debug, clap::Args)]
pub(crate) struct ByVersion {
    /// Only IPv4
    #[arg(long, short = '4')]
    ipv4: bool,
    /// Only IPv6
    #[arg(long, short = '6')]
    ipv6: bool,
    #[command(flatten)]
    shown: Shown,
}

type Read<T> = fn(&mut Scanner) -> Result<Listing<T>, procnet::Error>;

pub(super) fn show<T: Record>(args: &Shown, read: Read<T>) -> Result<Outcome, Error> {
    print(args, read, |_| true)
}

/// Prints the rows whose address is of a requested version.
pub(super) fn show_by_version<T: Record>(
    args: &ByVersion,
    read: Read<T>,
    address: fn(&T) -> IpAddr,
) -> Result<Outcome, Error> {
    print(&args.shown, read, |row| args.ipv4 == args.ipv6 || args.ipv4 == address(row).is_ipv4())
}

fn print<T: Record>(
    args: &Shown,
    read: Read<T>,
    wanted: impl Fn(&T) -> bool,
) -> Result<Outcome, Error> {
    let listing = read(&mut args.host.scanner()?)?;
    let mut writer = Writer::open(args.printing, Header::of::<T>())?;
    listing.rows.iter().filter(|row| wanted(row)).try_for_each(|row| writer.row(row))?;
    writer.finish()?;
    Ok(report(&listing.coverage))
}

/// Reports what could not be read.
pub(super) fn report(coverage: &TableCoverage) -> Outcome {
    for (table, remarks) in coverage.remarks.iter().filter(|(_, remarks)| !remarks.is_exact()) {
        message!("table {table}: read despite {remarks}");
    }
    coverage.to_string().lines().for_each(|line| message!("{line}"));
    Outcome::complete_if(coverage.is_complete())
}

/// Pushes `192.0.2.0/24`.
pub(super) fn prefix(cells: &mut Cells, address: Option<impl Display>, length: Option<u8>) {
    match (address, length) {
        (Some(address), Some(length)) => cells.push(format_args!("{address}/{length}")),
        (address, _) => cells.push_option(address),
    }
}
