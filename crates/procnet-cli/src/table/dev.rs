//! `procnet dev`: counters of network interfaces.

use procnet::{counters::Interface, decode::counter::dev};

use super::rates;
use crate::{
    Outcome,
    args::Watchable,
    command::decode::{Decoder, records},
    error::Error,
    messages::{bad_lines, remarks},
    output::{
        Cells, Header,
        Keep::{Always, UnlessZero},
        Shape::{Number, Word},
        Writer,
    },
    row::{Columns, Record},
};

const EXAMPLES: &str = "\
Examples:
  procnet dev                         counters of every interface
  procnet dev --watch 2               rates, every two seconds
  procnet dev --watch 10 --format ndjson";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Dev {
    #[command(flatten)]
    shown: Watchable,
}

pub(super) fn run(args: &Dev) -> Result<Outcome, Error> {
    let mut scanner = args.shown.host.scanner()?;
    if args.shown.watch.every.is_some() {
        return rates::run(|| Ok(scanner.io_counters()?), &args.shown);
    }
    let counters = scanner.io_counters()?;
    let mut writer = Writer::open(args.shown.printing, Header::of::<Interface>())?;
    counters.interfaces.iter().try_for_each(|interface| writer.row(interface))?;
    writer.finish()?;
    let outcome = bad_lines("dev", &counters.undecodable);
    Ok(outcome.and(remarks("dev", &counters.remarks)))
}

impl Record for Interface {
    const KEYS: &'static [&'static str] = &[
        "name",
        "rx_bytes",
        "rx_packets",
        "rx_errs",
        "rx_drop",
        "rx_fifo",
        "rx_frame",
        "rx_compressed",
        "rx_multicast",
        "tx_bytes",
        "tx_packets",
        "tx_errs",
        "tx_drop",
        "tx_fifo",
        "tx_colls",
        "tx_carrier",
        "tx_compressed",
    ];
    const COLUMNS: Columns = &[
        ("name", Word, Always),
        ("rx_bytes", Number, Always),
        ("rx_packets", Number, Always),
        ("rx_errs", Number, UnlessZero),
        ("rx_drop", Number, UnlessZero),
        ("rx_fifo", Number, UnlessZero),
        ("rx_frame", Number, UnlessZero),
        ("rx_compressed", Number, UnlessZero),
        ("rx_multicast", Number, UnlessZero),
        ("tx_bytes", Number, Always),
        ("tx_packets", Number, Always),
        ("tx_errs", Number, UnlessZero),
        ("tx_drop", Number, UnlessZero),
        ("tx_fifo", Number, UnlessZero),
        ("tx_colls", Number, UnlessZero),
        ("tx_carrier", Number, UnlessZero),
        ("tx_compressed", Number, UnlessZero),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(&self.name);
        for value in <[u64; 16]>::from(self.counters) {
            cells.push(value);
        }
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    records::<dev::Table, Interface>(dev::Table)
}
