//! `procnet sockets --events`: changes only.

use std::{
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

use procnet::{Coverage, Scanner, snapshot::Snapshot};

use super::{Rows, watch};
use crate::{
    Outcome,
    args::Sockets,
    error::Error,
    messages::{self, message},
    output::Purpose,
    process::Processes,
    row::Event,
    terminal::{Ticker, Wake},
};

/// The maximum number of snapshots from which the first one is made.
const FIRST_LOOKS: u32 = 3;

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Outcome, Error> {
    match args.printing.format.purpose() {
        Purpose::Display | Purpose::ObjectStream => {}
        Purpose::Document | Purpose::RecordStream => return Err(Error::EventsFormat),
    }
    let query = watch::query(args)?;
    let known = Processes::of(scanner.root())?;
    let rows = Rows::of(args, &known);
    let (mut before, mut now) = (Snapshot::default(), Snapshot::default());
    let mut ticker = Ticker::new(args.watch.every.unwrap_or(Duration::from_secs(1)));
    let mut reported = Vec::new();
    let mut outcome = Outcome::Complete;
    let mut lines = Vec::new();
    // The first snapshot is only compared with.
    for refresh in 0_u64.. {
        let mut looks = 0;
        let coverage = loop {
            std::mem::swap(&mut before, &mut now);
            let coverage = scanner.snapshot(&query, &mut now)?;
            now.carry_over(&before);
            looks += 1;
            // What the first one missed would seem to appear.
            if refresh > 0 || looks == FIRST_LOOKS || now.inexact().is_empty() {
                break coverage;
            }
        };
        if report(&coverage, args, &mut reported) == Outcome::Partial {
            outcome = Outcome::Partial;
        }
        lines.clear();
        for change in before.diff(&now).filter(|_| refresh > 0) {
            let event = Event { time: SystemTime::now(), change };
            event.write(&mut lines, |socket| rows.row(socket)).map_err(output)?;
        }
        let mut out = io::stdout();
        out.write_all(&lines).and_then(|()| out.flush()).map_err(Error::Output)?;
        if args.watch.times.is_some_and(|times| refresh >= times) {
            break;
        }
        ticker.advance();
        if ticker.wait().map_err(Error::Output)? == Wake::Quit {
            break;
        }
    }
    Ok(outcome)
}

fn output(error: serde_json::Error) -> Error {
    Error::Output(error.into())
}

/// Reports what could not be read, if it is not the same as last time.
fn report(coverage: &Coverage, args: &Sockets, last: &mut Vec<String>) -> Outcome {
    let missing = messages::missing(coverage, args.selection.reports_fallbacks());
    if missing != *last {
        missing.iter().for_each(|line| message!("{line}"));
        *last = missing;
    }
    messages::outcome(coverage)
}
