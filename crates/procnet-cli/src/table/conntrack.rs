//! `procnet conntrack`: tracked connections, and the statistics of connection tracking.

use std::ops::ControlFlow;

use clap::builder::{PossibleValuesParser, TypedValueParser as _, ValueParser};
use procnet::{
    ErrorKind, Source, conntrack::ConntrackQuery, decode::counter::conntrack::Rows,
    network::Tracked,
};

use super::{listing, rates};
use crate::{
    Outcome,
    args::{NetnsArg, Watchable},
    command::decode::{Decoder, Report},
    error::Error,
    messages::{self, message, remarks},
    output::{Header, Writer},
    row::{Numbers, escaped},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Conntrack {
    /// Print statistics per CPU instead of their sum
    #[arg(long, conflicts_with = "watch")]
    per_cpu: bool,
    /// List the tracked connections
    #[arg(long, conflicts_with_all = ["per_cpu", "watch"])]
    list: bool,
    /// Read that of this network namespace: own, a PID, a name known to `ip netns`, or a path
    #[arg(long, short = 'N', value_name = "NETNS")]
    netns: Option<NetnsArg>,
    /// Read from ctnetlink (netlink), from /proc (procfs), or from ctnetlink where it answers, else
    /// from /proc (auto) [default: auto]
    #[arg(long, value_name = "SOURCE", value_parser = sources())]
    source: Option<Source>,
    #[command(flatten)]
    shown: Watchable,
}

/// The sources of connection tracking, by their names.
fn sources() -> ValueParser {
    let names = [Source::Auto, Source::Procfs, Source::Netlink].map(Source::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Source>()).into()
}

impl Conntrack {
    fn query(&self) -> ConntrackQuery {
        let mut query = ConntrackQuery::new();
        if let Some(NetnsArg(netns)) = &self.netns {
            query = query.netns(netns.clone());
        }
        query.source(self.source.unwrap_or_default())
    }
}

pub(super) fn run(args: &Conntrack) -> Result<Outcome, Error> {
    if args.shown.watch.every.is_some() {
        let (mut scanner, query) = (args.shown.host.scanner()?, args.query());
        return rates::run(|| Ok(scanner.conntrack_stats_of(&query)?), &args.shown);
    }
    match args {
        Conntrack { list: true, .. } => list(args),
        Conntrack { per_cpu: true, .. } => per_cpu(args),
        _ => summary(args),
    }
}

/// Prints each connection as it is read.
fn list(args: &Conntrack) -> Result<Outcome, Error> {
    let mut scanner = args.shown.host.scanner()?;
    let mut writer = Writer::open(args.shown.printing, Header::of::<Tracked<'_>>())?;
    let mut written = Ok(());
    let (coverage, _) = scanner.tracked_of(&args.query(), |connection| {
        written = writer.row(connection);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    writer.finish()?;
    // As for sockets, only if the source was requested.
    if let Some(fallback) = coverage.fallback.filter(|_| args.source.is_some()) {
        message!("read from /proc instead of ctnetlink: {fallback}");
    }
    Ok(listing::report(&coverage))
}

fn summary(args: &Conntrack) -> Result<Outcome, Error> {
    let (mut scanner, query) = (args.shown.host.scanner()?, args.query());
    let tracked = scanner.conntrack_counts_of(&query)?;
    let mut names = vec!["count".to_owned(), "max".to_owned()];
    let mut values = vec![tracked.count, tracked.max];
    let outcome = match scanner.conntrack_stats_of(&query) {
        Ok(stats) => {
            for (name, value) in stats.summary() {
                names.push(escaped(name));
                values.push(value);
            }
            remarks("stat/nf_conntrack", &stats.remarks)
        }
        // A kernel may be built without this file, and ctnetlink takes a privilege.
        Err(error) if matches!(error.kind(), ErrorKind::Absent | ErrorKind::PermissionDenied) => {
            messages::failure(&error.into());
            message!("printing only count and max");
            Outcome::Partial
        }
        Err(error) => return Err(error.into()),
    };
    let mut writer = Writer::open(args.shown.printing, Numbers::header(&names, true))?;
    writer.row(&Numbers { names: &names, values: &values })?;
    writer.finish()?;
    Ok(outcome)
}

fn per_cpu(args: &Conntrack) -> Result<Outcome, Error> {
    let stats = args.shown.host.scanner()?.conntrack_stats_of(&args.query())?;
    let names = names(stats.names.iter().map(String::as_bytes));
    let mut writer = Writer::open(args.shown.printing, Numbers::header(&names, false))?;
    let mut values = Vec::with_capacity(names.len());
    for (cpu, counters) in (0_u64..).zip(&stats.cpus) {
        values.clear();
        values.push(cpu);
        values.extend(counters);
        writer.row(&Numbers { names: &names, values: &values })?;
    }
    writer.finish()?;
    Ok(remarks("stat/nf_conntrack", &stats.remarks))
}

/// The columns of a CPU's row.
fn names<'a>(heading: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let columns = heading.map(escaped);
    std::iter::once("cpu".to_owned()).chain(columns).collect()
}

/// Decodes `stat/nf_conntrack`: a heading, then a line for each CPU.
struct ConntrackDecoder {
    /// The heading, then a newline; empty until it has been read.
    heading: Vec<u8>,
    /// `cpu`, then the names in the heading.
    names: Vec<String>,
    cpu: u64,
    /// Reused: the heading with one line of values, and the values.
    text: Vec<u8>,
    values: Vec<u64>,
}

impl ConntrackDecoder {
    fn new() -> ConntrackDecoder {
        let names = names([].into_iter());
        let (heading, text, values) = Default::default();
        ConntrackDecoder { heading, names, cpu: 0, text, values }
    }
}

impl Decoder for ConntrackDecoder {
    fn header(&self) -> Header {
        Numbers::header(&self.names, false)
    }

    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error> {
        let mut alone = Rows::new(line);
        if self.heading.is_empty() && !alone.names().is_empty() {
            self.names = names(alone.column_names());
            self.heading = [line, b"\n"].concat();
            return Ok(());
        }
        match alone.next() {
            // Without a heading no value has a name.
            Some(row) if self.heading.is_empty() => {
                row.columns().filter_map(Result::err).for_each(|error| report.error(number, error));
                return Ok(());
            }
            None if alone.names().is_empty() => return Ok(()), // a blank line
            _ => {}
        }
        self.text.clear();
        self.text.extend_from_slice(&self.heading);
        self.text.extend_from_slice(line);
        self.values.clear();
        self.values.push(self.cpu);
        self.cpu += 1;
        for column in Rows::new(&self.text).flat_map(|row| row.columns()) {
            match column {
                Ok(column) => self.values.push(column.value.into()),
                Err(error) => {
                    report.error(number, error);
                    return Ok(());
                }
            }
        }
        let row = Numbers { names: &self.names, values: &self.values };
        report.row(|| self.header(), &row)
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    Box::new(ConntrackDecoder::new())
}
