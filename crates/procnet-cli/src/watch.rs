//! Periodic refresh of a table: in place on a terminal, one table after the other elsewhere.

mod frame;
mod help;
mod view;

use std::{
    io::{self, Write as _},
    ops::Range,
    time::{Duration, SystemTime},
};

use signal_hook::consts::SIGQUIT;

use self::view::Effect;
pub(crate) use self::view::{Offers, Typed, View};
use crate::{
    Outcome,
    args::{Printing, Watch},
    error::Error,
    messages,
    output::{self, Fit, Header, Overflow, Row, draw},
    terminal::{Screen, Ticker, Wake},
};

/// A table that can be refreshed.
pub(crate) trait Watched {
    /// What it shows at first, and what keys can change.
    fn view(&self) -> View;

    /// Whether the view needs what the last snapshot does not have.
    fn is_outdated(&self, _view: &View) -> bool {
        false
    }

    /// How often something may have arrived between two refreshes; `None` if nothing arrives.
    fn listens(&self) -> Option<Duration> {
        None
    }

    /// Receives what has arrived, and returns whether that is to be shown.
    fn receive(&mut self) -> bool {
        false
    }

    /// Takes a new snapshot.
    fn refresh(&mut self, view: &View) -> Result<(), Error>;

    /// A summary of the snapshot, which has so many rows, in one line.
    fn summary(&self, view: &View, rows: usize) -> String;

    fn header(&self, view: &View) -> Header;

    /// Calls `each` with the rows in the [window](View::window) of the view that has room for
    /// `most`.
    fn rows(&self, view: &View, most: usize, each: &mut dyn FnMut(&dyn Row)) -> Shown;

    /// What the snapshot does not cover, as lines, and the outcome.
    fn missing(&self) -> (Vec<String>, Outcome);

    /// What is left out although nobody asked for that, as a line.
    fn left_out(&self) -> Option<String> {
        None
    }
}

/// Which rows are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) rows: Range<usize>,
    /// The number of all rows.
    pub(crate) all: usize,
}

/// Refreshes until the given number of times, or until it is ended.
pub(crate) fn run(
    watched: &mut dyn Watched,
    watch: &Watch,
    printing: Printing,
) -> Result<Outcome, Error> {
    let mut screen = Screen::open().map_err(Error::Output)?;
    let mut ticker = Ticker::new(watch.every.unwrap_or(Duration::from_secs(1)));
    if let Some(screen) = &screen {
        ticker = ticker.on_screen(screen.has_keys()).map_err(Error::Output)?;
    }
    let mut view = watched.view();
    let mut refreshes = 0;
    let mut now = String::new();
    let (mut is_due, mut wake) = (true, Wake::Tick);
    let end = loop {
        if is_due {
            watched.refresh(&view)?;
            refreshes += 1;
            now = clock(SystemTime::now());
        }
        if wake == Wake::Tick {
            ticker.advance();
        }
        let shown = match &mut screen {
            Some(screen) => draw_on(screen, &mut ticker, watched, &mut view, &now, printing),
            None => print(watched, &view, printing, refreshes).map(|()| None),
        };
        wake = match shown.map_err(Error::Output)? {
            Some(wake) => wake,
            None if watch.times.is_some_and(|times| refreshes >= times) => Wake::Quit,
            None => wait(&mut ticker, watched, screen.is_some()).map_err(Error::Output)?,
        };
        is_due = match wake {
            Wake::Tick => !view.is_paused,
            Wake::Keys => {
                let keys = ticker.take_keys();
                if keys.into_iter().any(|key| view.press(key) == Effect::Quit) {
                    break Wake::Quit;
                }
                watched.is_outdated(&view)
            }
            Wake::Pause => {
                screen.as_mut().map_or(Ok(()), Screen::pause).map_err(Error::Output)?;
                false
            }
            Wake::Redraw | Wake::Readable => false,
            Wake::Quit | Wake::Closed | Wake::Abort => break wake,
        };
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
        if let Some(line) = watched.left_out().filter(|_| screen.is_none()) {
            messages::message!("{line}");
        }
    }
    Ok(outcome)
}

/// Waits for the next refresh or event, and receives what arrives meanwhile.
fn wait(ticker: &mut Ticker, watched: &mut dyn Watched, on_screen: bool) -> io::Result<Wake> {
    loop {
        let Some(wake) = ticker.wait_at_most(watched.listens())? else {
            // Tables in a pipe are not printed again.
            if watched.receive() && on_screen {
                return Ok(Wake::Redraw);
            }
            continue;
        };
        return Ok(wake);
    }
}

/// Prints a table after the one before.
fn print(watched: &dyn Watched, view: &View, printing: Printing, refreshes: u64) -> io::Result<()> {
    let (color, headings) = (printing.color.applies(false), !printing.no_header);
    let fit = Fit { limit: None, color, headings, overflow: Overflow::Blocks };
    let (table, _) = draw(watched.header(view), fit, |each| {
        watched.rows(view, usize::MAX, each);
    })?;
    let between: &[u8] = if refreshes > 1 { b"\n" } else { b"" };
    let mut out = io::stdout();
    out.write_all(&[between, &table].concat())?;
    out.flush()
}

/// Draws the screen. Returns the event that ended it, if the terminal does not accept it.
fn draw_on(
    screen: &mut Screen,
    ticker: &mut Ticker,
    watched: &dyn Watched,
    view: &mut View,
    now: &str,
    printing: Printing,
) -> io::Result<Option<Wake>> {
    let (width, height) = screen.size();
    let (color, headings) = (printing.color.applies(true), !printing.no_header);
    if view.shows_help {
        let help = help::lines(&view.offers, width);
        let below = frame::below(view, &[], width);
        let frame = frame::lines("Keys", help.as_bytes(), &below, (width, height), color);
        return screen.show(&frame, ticker);
    }
    // What is below depends on the rows that are shown, and their number on how much is below.
    let lines = frame::below(view, &[], width).len();
    let most = frame::room(height, lines).saturating_sub(usize::from(headings));
    let fit = Fit { limit: Some(width), color, headings, overflow: Overflow::GiveUp };
    let mut shown = Shown::default();
    let (table, given_up) =
        draw(watched.header(view), fit, |each| shown = watched.rows(view, most, each))?;
    view.shown(&shown.rows);
    let mut title = vec![watched.summary(view, shown.all)];
    title.extend(view.described());
    let fits =
        |title: &[String], more: &str| output::width(&title.join("  ")) + 2 + more.len() <= width;
    let (beside, below_it) = match watched.left_out() {
        Some(line) if fits(&title, &line) => (Some(line), None),
        line => (None, line),
    };
    title.extend(beside);
    // The time gives way to all that.
    let time = format!("{now} UTC");
    if fits(&title, &time) {
        title.insert(0, time);
    }
    let below = frame::below(view, &notes(watched, &shown, below_it, given_up), width);
    let frame = frame::lines(&title.join("  "), &table, &below, (width, height), color);
    screen.show(&frame, ticker)
}

/// What is not on the screen.
fn notes(
    watched: &dyn Watched,
    shown: &Shown,
    left_out: Option<String>,
    given_up: usize,
) -> Vec<String> {
    let mut notes = Vec::new();
    let (before, after) = (shown.rows.start, shown.all.saturating_sub(shown.rows.end));
    match (before, after) {
        (0, 0) => {}
        (0, after) => notes.push(format!("… {after} more")),
        (before, after) => notes.push(format!("… {before} before, {after} more")),
    }
    notes.extend(left_out);
    match given_up {
        0 => {}
        1 => notes.push("1 column does not fit".to_owned()),
        more => notes.push(format!("{more} columns do not fit")),
    }
    let (missing, _) = watched.missing();
    match missing.len() {
        0 => {}
        1 => notes.extend(missing),
        count => notes.push(format!("{} (and {} more)", missing[0], count - 1)),
    }
    notes
}

/// The time of day, in UTC.
pub(crate) fn clock(now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let of_day = seconds % 86_400;
    format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}
