//! Periodic refresh of a table: in place on a terminal, one table after the other elsewhere.

use std::{
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

use signal_hook::consts::SIGQUIT;

use crate::{
    Outcome,
    args::{Printing, Watch},
    error::Error,
    messages,
    output::{Fit, Header, Row, draw},
    terminal::{Screen, Ticker, Wake},
};

/// A table that can be refreshed.
pub(crate) trait Watched {
    /// Takes a new snapshot.
    fn refresh(&mut self) -> Result<(), Error>;

    /// A summary of the snapshot, in one line.
    fn summary(&self) -> String;

    fn header(&self) -> Header;

    /// Calls `each` with at most `most` rows; returns the number of the others.
    fn rows(&self, most: usize, each: &mut dyn FnMut(&dyn Row)) -> usize;

    /// What the snapshot does not cover, as lines, and the outcome.
    fn missing(&self) -> (Vec<String>, Outcome);
}

/// Refreshes until the given number of times, or until it is ended.
pub(crate) fn run(
    watched: &mut dyn Watched,
    watch: &Watch,
    printing: Printing,
) -> Result<Outcome, Error> {
    let every = watch.every.unwrap_or(Duration::from_secs(1));
    let mut screen = Screen::open().map_err(Error::Output)?;
    let mut ticker = Ticker::new(every);
    if let Some(screen) = &screen {
        ticker = ticker.on_screen(screen.has_keys()).map_err(Error::Output)?;
    }
    let mut refreshes = 0;
    let end = loop {
        watched.refresh()?;
        refreshes += 1;
        ticker.advance();
        let now = clock(SystemTime::now());
        let mut wake = Wake::Redraw;
        while wake == Wake::Redraw {
            let shown = show(watched, &mut screen, &mut ticker, &now, printing, refreshes);
            wake = match shown.map_err(Error::Output)? {
                Some(wake) => wake,
                None if watch.times.is_some_and(|times| refreshes >= times) => Wake::Quit,
                None => ticker.wait().map_err(Error::Output)?,
            };
            if wake == Wake::Pause {
                screen.as_mut().map_or(Ok(()), Screen::pause).map_err(Error::Output)?;
                wake = Wake::Redraw;
            }
        }
        if wake != Wake::Tick {
            break wake;
        }
    };
    let is_read = screen.as_mut().is_none_or(|screen| screen.leave().unwrap_or(false));
    if end == Wake::Abort {
        // The terminal is restored: now by the signal.
        let _ = signal_hook::low_level::emulate_default_handler(SIGQUIT);
    }
    let (missing, outcome) = watched.missing();
    // On a terminal that accepts no output, messages would block.
    if is_read {
        missing.iter().for_each(|line| messages::message!("{line}"));
    }
    Ok(outcome)
}

/// Lines of a screen that are not rows: the summary, a blank line, the headings, the notes.
const OTHER_LINES: usize = 4;

/// Returns the event that ended it, if the terminal does not accept it.
fn show(
    watched: &dyn Watched,
    screen: &mut Option<Screen>,
    ticker: &mut Ticker,
    now: &str,
    printing: Printing,
    refreshes: u64,
) -> io::Result<Option<Wake>> {
    let headings = !printing.no_header;
    let color = printing.color.applies(screen.is_some());
    let Some(screen) = screen else {
        let fit = Fit { limit: None, color, headings };
        let (table, _) = table(watched, usize::MAX, fit)?;
        let between: &[u8] = if refreshes > 1 { b"\n" } else { b"" };
        let mut out = io::stdout();
        out.write_all(&[between, &table].concat())?;
        return out.flush().map(|()| None);
    };
    let (width, height) = screen.size();
    let fit = Fit { limit: Some(width), color, headings };
    let (table, more) = table(watched, height.saturating_sub(OTHER_LINES), fit)?;
    let (bold, plain) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let line = |text: String| text.chars().take(width).collect::<String>();
    let summary = line(format!("{now} UTC  {}", watched.summary()));
    let mut lines = format!("{bold}{summary}{plain}\n\n").into_bytes();
    lines.extend_from_slice(&table);
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(format!("… {more} more"));
    }
    let (missing, _) = watched.missing();
    match missing.len() {
        0 => {}
        1 => notes.extend(missing),
        count => notes.push(format!("{} (and {} more)", missing[0], count - 1)),
    }
    lines.extend_from_slice(line(notes.join("; ")).as_bytes());
    screen.show(&lines, ticker)
}

/// The table, and the number of rows that are not in it.
fn table(watched: &dyn Watched, most: usize, fit: Fit) -> io::Result<(Vec<u8>, usize)> {
    let mut more = 0;
    let table = draw(watched.header(), fit, |each| more = watched.rows(most, each))?;
    Ok((table, more))
}

/// The time of day, in UTC.
pub(crate) fn clock(now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let of_day = seconds % 86_400;
    format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}
