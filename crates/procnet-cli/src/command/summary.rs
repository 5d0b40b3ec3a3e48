//! `procnet summary`: counts of sockets.

mod kernel;

use std::fmt::Display;

use procnet::{
    Scanner,
    summary::{Histogram, Summary},
};

use super::hint;
use crate::{
    Outcome, args,
    error::Error,
    messages,
    output::{Header, ITEM_SEPARATOR, Purpose, Writer},
    row::{CountRow, CountsRow},
};

/// The number of ports that are shown by default.
const DEFAULT_PORTS: usize = 10;

/// A number of sockets that have something in common.
pub(super) struct Count {
    by: &'static str,
    kind: Option<&'static str>,
    key: String,
    sockets: u64,
}

impl Count {
    fn new(by: &'static str, key: impl Display, sockets: u64) -> Count {
        Count { by, kind: None, key: key.to_string(), sockets }
    }

    fn of(by: &'static str, kind: &'static str, key: impl Display, sockets: u64) -> Count {
        Count { kind: Some(kind), ..Count::new(by, key, sockets) }
    }
}

pub(super) fn run(args: &args::Summary) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    let mut summary = Summary::default();
    let coverage = scanner.summarize(&args.query()?, &mut summary)?;
    let mut counts = totals(&summary);
    let states = summary.states();
    counts.extend(
        states.map(|(kind, state, sockets)| Count::of("state", kind.name(), state, sockets)),
    );
    counts.extend(ports(&summary, args.all_ports, &scanner));
    counts.extend(summary.users().map(|(user, sockets)| Count::new("uid", user, sockets)));
    if summary.other_users() > 0 {
        counts.push(Count::new("uid", "others", summary.other_users()));
    }
    counts.extend(histogram("rx_queue", summary.receive_queues()));
    counts.extend(histogram("tx_queue", summary.send_queues()));
    let mut outcome = Outcome::Complete;
    if args.kernel {
        outcome = kernel::counts(&mut scanner, &mut counts)?;
    }
    print(args, &counts)?;
    hint::print(&coverage, &args.selection, &mut scanner);
    let seen = messages::coverage(&coverage, args.selection.reports_fallbacks());
    Ok(outcome.and(seen))
}

/// All sockets, then those of each kind.
fn totals(summary: &Summary) -> Vec<Count> {
    let mut totals = vec![Count::new("total", "sockets", summary.sockets())];
    for (kind, _, sockets) in summary.states() {
        match totals.iter_mut().find(|total| total.kind == Some(kind.name())) {
            Some(total) => total.sockets += sockets,
            None => totals.push(Count::of("total", kind.name(), "sockets", sockets)),
        }
    }
    totals
}

/// All ports, or those with the most sockets. Of the ports that the kernel chooses, those that only
/// one socket has are folded: they are mostly the near ends of connections.
fn ports(summary: &Summary, all: bool, scanner: &Scanner) -> Vec<Count> {
    let of = |(port, sockets): (u16, u64)| Count::new("port", port, sockets);
    if all {
        return summary.ports().map(of).collect();
    }
    let (first, last) = kernel::ephemeral_ports(scanner.root());
    let is_chosen = |(port, sockets): &(u16, u64)| *sockets == 1 && (first..=last).contains(port);
    let (chosen, mut ports): (Vec<_>, Vec<_>) = summary.ports().partition(is_chosen);
    ports.sort_by_key(|(port, sockets)| (std::cmp::Reverse(*sockets), *port));
    let others: u64 = ports.iter().skip(DEFAULT_PORTS).map(|(_, sockets)| sockets).sum();
    let ephemeral: u64 = chosen.iter().map(|(_, sockets)| sockets).sum();
    let rest = [("others", others), ("ephemeral", ephemeral)];
    let rest = rest.into_iter().filter(|(_, sockets)| *sockets > 0);
    let shown = ports.into_iter().take(DEFAULT_PORTS).map(of);
    shown.chain(rest.map(|(key, sockets)| Count::new("port", key, sockets))).collect()
}

fn histogram(by: &'static str, queues: &Histogram) -> Vec<Count> {
    let class = |(shortest, longest, sockets): (u32, u32, u64)| {
        let key = match shortest == longest {
            true => shortest.to_string(),
            false => format!("{shortest}-{longest}"),
        };
        Count::new(by, key, sockets)
    };
    queues.classes().map(class).collect()
}

/// Prints a row for each count; for people, a line for all that are counted by the same.
fn print(args: &args::Summary, counts: &[Count]) -> Result<(), Error> {
    if args.printing.format.purpose() != Purpose::Display {
        let mut writer = Writer::open(args.printing, Header::of::<CountRow<'_>>())?;
        for Count { by, kind, key, sockets } in counts {
            writer.row(&CountRow { by, kind: *kind, key, sockets: *sockets })?;
        }
        return writer.finish();
    }
    let mut writer = Writer::open(args.printing, Header::of::<CountsRow<'_>>())?;
    for line in counts.chunk_by(|one, next| name(one) == name(next)) {
        let name = name(&line[0]);
        let (total, items): (u64, Vec<&Count>) = match name {
            "total" | "kernel" => (line[0].sockets, line.iter().skip(1).collect()),
            _ => (line.iter().map(|count| count.sockets).sum(), line.iter().collect()),
        };
        let item = |count: &&Count| match (name, count.kind) {
            ("total" | "in use", Some(kind)) => format!("{kind}:{}", count.sockets),
            _ => format!("{}:{}", count.key, count.sockets),
        };
        let items: Vec<String> = items.iter().map(item).collect();
        let counts = items.join(&ITEM_SEPARATOR.to_string());
        writer.row(&CountsRow { name, sockets: total, counts: &counts })?;
    }
    writer.finish()
}

/// The name of the line of a count.
fn name(count: &Count) -> &'static str {
    match (count.by, count.kind) {
        ("state", Some(kind)) => kind,
        ("rx_queue", _) => "recv-q",
        ("tx_queue", _) => "send-q",
        ("kernel", _) if count.key == "inuse" => "in use",
        (by, _) => by,
    }
}
