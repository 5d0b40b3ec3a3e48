//! `procnet softnet`: packet processing of each CPU.

use procnet::decode::counter::softnet;
use serde::Serialize;

use crate::{
    Outcome,
    args::Shown,
    command::decode::{Decoder, lines},
    error::Error,
    messages::{bad_lines, remarks},
    output::{
        Cells, Header, ITEM_SEPARATOR,
        Keep::{Always, UnlessZero},
        Shape::{List, Number},
        Writer,
    },
    row::{Columns, Record},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Softnet {
    /// Print the sum of all CPUs
    #[arg(long)]
    sum: bool,
    #[command(flatten)]
    shown: Shown,
}

pub(super) fn run(args: &Softnet) -> Result<Outcome, Error> {
    let stats = args.shown.host.scanner()?.softnet_stats()?;
    let mut writer = Writer::open(args.shown.printing, Header::of::<SoftnetRow>())?;
    if args.sum {
        writer.row(&SoftnetRow::new(None, stats.summary()))?;
    } else {
        for cpu in &stats.cpus {
            let columns = cpu.columns.iter().map(|(name, value)| (&**name, u64::from(*value)));
            writer.row(&SoftnetRow::new(cpu.cpu, columns))?;
        }
    }
    writer.finish()?;
    let outcome = bad_lines("softnet_stat", &stats.undecodable);
    Ok(outcome.and(remarks("softnet_stat", &stats.remarks)))
}

/// Columns that a kernel does not have are `None`. Sums over all CPUs may exceed 32 bits.
#[derive(Default, Serialize)]
struct SoftnetRow {
    cpu: Option<u32>,
    processed: Option<u64>,
    dropped: Option<u64>,
    time_squeeze: Option<u64>,
    cpu_collision: Option<u64>,
    received_rps: Option<u64>,
    flow_limit_count: Option<u64>,
    backlog_len: Option<u64>,
    input_qlen: Option<u64>,
    process_qlen: Option<u64>,
    /// Columns of newer kernels, in their order.
    further: Vec<u64>,
}

impl SoftnetRow {
    /// A row of columns by name.
    fn new<'a>(cpu: Option<u32>, columns: impl Iterator<Item = (&'a str, u64)>) -> SoftnetRow {
        let mut row = SoftnetRow { cpu, ..SoftnetRow::default() };
        for (name, value) in columns {
            match row.column(name) {
                Some(column) => *column = Some(value),
                None => row.further.push(value),
            }
        }
        row
    }

    fn column(&mut self, name: &str) -> Option<&mut Option<u64>> {
        Some(match name {
            "processed" => &mut self.processed,
            "dropped" => &mut self.dropped,
            "time_squeeze" => &mut self.time_squeeze,
            "cpu_collision" => &mut self.cpu_collision,
            "received_rps" => &mut self.received_rps,
            "flow_limit_count" => &mut self.flow_limit_count,
            "backlog_len" => &mut self.backlog_len,
            "input_qlen" => &mut self.input_qlen,
            "process_qlen" => &mut self.process_qlen,
            _ => return None,
        })
    }

    fn push(&self, cells: &mut Cells, separator: &str) {
        cells.push_option(self.cpu);
        for value in [
            self.processed,
            self.dropped,
            self.time_squeeze,
            self.cpu_collision,
            self.received_rps,
            self.flow_limit_count,
            self.backlog_len,
            self.input_qlen,
            self.process_qlen,
        ] {
            cells.push_option(value);
        }
        let further: Vec<String> = self.further.iter().map(u64::to_string).collect();
        cells.text(&further.join(separator));
    }
}

impl Record for SoftnetRow {
    const KEYS: &'static [&'static str] = &[
        "cpu",
        "processed",
        "dropped",
        "time_squeeze",
        "cpu_collision",
        "received_rps",
        "flow_limit_count",
        "backlog_len",
        "input_qlen",
        "process_qlen",
        "further",
    ];
    const COLUMNS: Columns = &[
        ("cpu", Number, Always),
        ("processed", Number, Always),
        ("dropped", Number, Always),
        ("time_squeeze", Number, Always),
        ("cpu_collision", Number, UnlessZero),
        ("received_rps", Number, UnlessZero),
        ("flow_limit_count", Number, UnlessZero),
        ("backlog_len", Number, UnlessZero),
        ("input_qlen", Number, UnlessZero),
        ("process_qlen", Number, UnlessZero),
        ("further", List, UnlessZero),
    ];

    fn values(&self, cells: &mut Cells) {
        self.push(cells, ";");
    }

    fn cells(&self, cells: &mut Cells) {
        self.push(cells, ITEM_SEPARATOR.encode_utf8(&mut [0; 4]));
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    lines(softnet::Table, Header::of::<SoftnetRow>, |row, number, report| {
        let named = row.columns().filter(|(name, _)| *name != "cpu");
        let named = named.map(|(name, value)| (name, u64::from(value)));
        let mut shown = SoftnetRow::new(row.cpu, named);
        for value in row.further() {
            match value {
                Ok(value) => shown.further.push(u64::from(value)),
                Err(error) => report.error(number, error),
            }
        }
        report.record(&shown)
    })
}
