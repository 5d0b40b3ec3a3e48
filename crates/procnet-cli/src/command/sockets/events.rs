//! `procnet sockets --events`: changes only, and sockets that end between two looks.

use std::{
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

use procnet::{Coverage, Scanner, Socket, Source, snapshot::Snapshot};

use super::{Rows, ended::Ended, watch};
use crate::{
    Outcome,
    args::Sockets,
    error::Error,
    host_names::HostNames,
    messages::{self, message},
    output::Purpose,
    process::{ControlGroupPaths, Processes},
    row::{Event, Observed},
    terminal::{Ticker, Wake},
};

/// The maximum number of snapshots from which the first one is made.
const FIRST_LOOKS: u32 = 3;

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Outcome, Error> {
    match args.printing.format.purpose() {
        Purpose::Display | Purpose::ObjectStream => {}
        Purpose::Document | Purpose::RecordStream | Purpose::Columns => {
            return Err(Error::EventsFormat);
        }
    }
    let mut query = watch::query(args)?;
    let known = Processes::of(scanner.root())?;
    let groups = ControlGroupPaths::default();
    let names = args.resolves().then(HostNames::new);
    let rows = Rows { names: names.as_ref(), ..Rows::of(args, &known, &groups) };
    let (mut ended, mut outcome) = Ended::subscribe(&mut scanner, &query, args)?;
    if ended.is_some() && args.selection.has_all_netns() {
        // A pass of BPF would have no cookies.
        query = query.source(Source::Netlink);
    }
    let (mut before, mut now) = (Snapshot::default(), Snapshot::default());
    let mut ticker = Ticker::new(args.watch.every.unwrap_or(Duration::from_secs(1)));
    let mut reported = Vec::new();
    let mut lines = Vec::new();
    // The first snapshot is only compared with.
    for refresh in 0_u64.. {
        let mut looks = 0;
        let coverage = loop {
            std::mem::swap(&mut before, &mut now);
            if let Some(ended) = &mut ended {
                ended.before_look(&mut scanner);
            }
            let coverage = scanner.snapshot(&query, &mut now)?;
            now.carry_over(&before);
            looks += 1;
            // What the first one missed would seem to appear.
            if refresh > 0 || looks == FIRST_LOOKS || now.inexact().is_empty() {
                break coverage;
            }
        };
        lines.clear();
        match &mut ended {
            Some(ended) if refresh == 0 => ended.begin(&coverage, &now)?,
            Some(ended) => ended.look(&coverage, &before, &now)?,
            None => {}
        }
        if refresh > 0 {
            if let Some(names) = &names {
                ask(names, (&before, &now), ended.as_ref());
            }
            let is_last = args.watch.times.is_some_and(|times| refresh >= times);
            write(&mut lines, &rows, (&before, &now), is_last, ended.as_mut())?;
        }
        outcome = outcome.and(report(&coverage, ended.as_ref(), args, &mut reported));
        if let Some(ended) = ended.as_mut().filter(|_| refresh > 0) {
            ended.end_round();
        }
        let mut out = io::stdout();
        out.write_all(&lines).and_then(|()| out.flush()).map_err(Error::Output)?;
        if args.watch.times.is_some_and(|times| refresh >= times) {
            break;
        }
        ticker.advance();
        if matches!(wait(&mut ticker, ended.as_mut())?, Wake::Quit | Wake::Closed) {
            break;
        }
    }
    let (unnamed, named) =
        names.map_or((Vec::new(), Outcome::Complete), |names| names.missing(false));
    unnamed.iter().for_each(|line| message!("{line}"));
    Ok(outcome.and(named))
}

/// Asks for the names of what has changed or ended, and waits for them shortly.
fn ask(names: &HostNames, (before, now): (&Snapshot, &Snapshot), ended: Option<&Ended>) {
    let mut addresses = Vec::new();
    let mut add = |socket: &Socket<'_>| {
        let ends = [socket.local(), socket.remote()];
        addresses.extend(ends.into_iter().flatten().map(|end| end.ip()));
    };
    before.diff(now).for_each(|change| add(change.socket()));
    if let Some(ended) = ended {
        ended.each(add);
    }
    names.ask_soon(&addresses);
}

/// Waits for the next look, and reads what arrives meanwhile.
fn wait(ticker: &mut Ticker, mut ended: Option<&mut Ended>) -> Result<Wake, Error> {
    loop {
        let input = ended.as_deref().map(Ended::as_fd);
        let wake = ticker.wait_or_read(input).map_err(Error::Output)?;
        match &mut ended {
            Some(ended) if wake == Wake::Readable => ended.arriving()?,
            _ => return Ok(wake),
        }
    }
}

/// Appends the lines of the changes between two looks, and of what ended between them.
fn write(
    lines: &mut Vec<u8>,
    rows: &Rows<'_>,
    (before, now): (&Snapshot, &Snapshot),
    is_last: bool,
    mut ended: Option<&mut Ended>,
) -> Result<(), Error> {
    for change in before.diff(now) {
        let ended = ended.as_mut().and_then(|ended| ended.of_change(&change));
        let event = Event { time: SystemTime::now(), observed: Observed::Change(change), ended };
        event.write(lines, |socket| rows.row(socket)).map_err(output)?;
    }
    let Some(ended) = ended else { return Ok(()) };
    ended.others((before, now), is_last, |end, seen, ending| {
        let observed = Observed::Ended(seen.unwrap_or_else(|| end.socket()));
        let event = Event { time: end.time(), observed, ended: Some(ending) };
        event.write(lines, |socket| rows.row(socket)).map_err(output)
    })
}

fn output(error: serde_json::Error) -> Error {
    Error::Output(error.into())
}

/// Reports what could not be read, if it is not the same as last time.
fn report(
    coverage: &Coverage,
    ended: Option<&Ended>,
    args: &Sockets,
    last: &mut Vec<String>,
) -> Outcome {
    let (of_ended, outcome) = ended.map_or((Vec::new(), Outcome::Complete), Ended::missing);
    let mut missing = messages::missing(coverage, args.selection.reports_fallbacks());
    missing.extend(of_ended);
    if missing != *last {
        missing.iter().for_each(|line| message!("{line}"));
        *last = missing;
    }
    messages::outcome(coverage).and(outcome)
}
