//! `procnet sockets --events`: nothing but what is different from the look before.

use std::{
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

use procnet::{Coverage, Scanner, Snapshot};

use super::{Rows, watch};
use crate::{
    Sight,
    args::Sockets,
    error::Error,
    messages::{self, message},
    output::Format,
    process::Processes,
    row::Event,
    terminal::{Ticker, Wake},
};

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Sight, Error> {
    if matches!(args.printing.format, Format::Json | Format::Csv) {
        return Err(Error::EventsFormat);
    }
    let query = watch::query(args)?;
    let known = Processes::of(scanner.root());
    let rows = Rows::of(args, &known);
    let (mut before, mut now) = (Snapshot::default(), Snapshot::default());
    let mut ticker = Ticker::new(args.watch.every.unwrap_or(Duration::from_secs(1)));
    let mut said = Vec::new();
    let mut sight = Sight::Whole;
    let mut lines = Vec::new();
    // The first look is what the second is compared with.
    for look in 0_u64.. {
        std::mem::swap(&mut before, &mut now);
        let coverage = scanner.snapshot(&query, &mut now)?;
        if say(&coverage, args, &mut said) == Sight::Partial {
            sight = Sight::Partial;
        }
        lines.clear();
        for change in before.diff(&now) {
            let event = Event { time: SystemTime::now(), change };
            event.write(&mut lines, |socket| rows.row(socket)).map_err(output)?;
        }
        io::stdout().write_all(&lines).map_err(Error::Output)?;
        if args.watch.times.is_some_and(|times| look >= times) {
            break;
        }
        ticker.looked();
        if ticker.wait().map_err(Error::Output)? == Wake::Quit {
            break;
        }
    }
    Ok(sight)
}

fn output(error: serde_json::Error) -> Error {
    Error::Output(error.into())
}

/// Says what could not be seen, unless that is what was said last.
fn say(coverage: &Coverage, args: &Sockets, said: &mut Vec<String>) -> Sight {
    let missing = messages::missing(coverage, args.selection.tells_fallbacks());
    if missing != *said {
        missing.iter().for_each(|line| message!("{line}"));
        *said = missing;
    }
    messages::sight(coverage)
}
