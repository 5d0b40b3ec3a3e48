//! Looking again and again, and showing what was seen: in place on a terminal, one after the
//! other elsewhere.

use std::{
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

use crate::{
    Sight,
    args::{Printing, Watch},
    error::Error,
    messages,
    output::{Fit, Header, Row, draw},
    terminal::{Screen, Ticker, Wake},
};

/// What can be looked at again and again.
pub(crate) trait Watched {
    /// Looks, and keeps what it sees.
    fn look(&mut self) -> Result<(), Error>;

    /// What the last look showed in one line, without its time.
    fn headline(&self) -> String;

    fn header(&self) -> Header;

    /// Hands at most `most` rows of the last look to `each`; the rest is counted.
    fn rows(&self, most: usize, each: &mut dyn FnMut(&dyn Row)) -> usize;

    /// What the last look could not see, as lines, and whether that is less than all.
    fn missing(&self) -> (Vec<String>, Sight);
}

/// Looks until it was told often enough, or is ended.
pub(crate) fn run(
    watched: &mut dyn Watched,
    watch: &Watch,
    printing: Printing,
) -> Result<Sight, Error> {
    let every = watch.every.unwrap_or(Duration::from_secs(1));
    let mut screen = Screen::open().map_err(Error::Output)?;
    let mut ticker = Ticker::new(every);
    if let Some(screen) = &screen {
        ticker = ticker.on_screen(screen.has_keys()).map_err(Error::Output)?;
    }
    let mut looks = 0;
    'looks: loop {
        watched.look()?;
        looks += 1;
        ticker.looked();
        let now = clock(SystemTime::now());
        show(watched, &mut screen, &now, printing, looks).map_err(Error::Output)?;
        if watch.times.is_some_and(|times| looks >= times) {
            break;
        }
        loop {
            match ticker.wait().map_err(Error::Output)? {
                Wake::Tick => break,
                Wake::Quit => break 'looks,
                Wake::Pause => {
                    screen.as_mut().map_or(Ok(()), Screen::pause).map_err(Error::Output)?;
                }
                Wake::Redraw => {}
            }
            show(watched, &mut screen, &now, printing, looks).map_err(Error::Output)?;
        }
    }
    drop(screen);
    let (missing, sight) = watched.missing();
    missing.iter().for_each(|line| messages::message!("{line}"));
    Ok(sight)
}

/// The lines of a screen that are no rows: the headline, a blank one, the headings, the last.
const AROUND: usize = 4;

fn show(
    watched: &dyn Watched,
    screen: &mut Option<Screen>,
    now: &str,
    printing: Printing,
    looks: u64,
) -> io::Result<()> {
    let headings = !printing.no_header;
    let colours = printing.color.applies(screen.is_some());
    let Some(screen) = screen else {
        let fit = Fit { limit: None, colours, headings };
        let (table, _) = table(watched, usize::MAX, fit)?;
        let between: &[u8] = if looks > 1 { b"\n" } else { b"" };
        return io::stdout().write_all(&[between, &table].concat());
    };
    let (width, height) = screen.size();
    let fit = Fit { limit: Some(width), colours, headings };
    let (table, more) = table(watched, height.saturating_sub(AROUND), fit)?;
    let (bold, plain) = if colours { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let line = |text: String| text.chars().take(width).collect::<String>();
    let headline = line(format!("{now}  {}", watched.headline()));
    let mut lines = format!("{bold}{headline}{plain}\n\n").into_bytes();
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
    screen.show(&lines)
}

/// The rows as a table, and how many more there are.
fn table(watched: &dyn Watched, most: usize, fit: Fit) -> io::Result<(Vec<u8>, usize)> {
    let mut more = 0;
    let table = draw(watched.header(), fit, |each| more = watched.rows(most, each))?;
    Ok((table, more))
}

/// The time of the day, in UTC.
fn clock(now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let of_day = seconds % 86_400;
    format!("{:02}:{:02}:{:02} UTC", of_day / 3600, of_day / 60 % 60, of_day % 60)
}
