//! The lines of a screen: a title, the table, and what is below it. The last line always shows,
//! however low the screen is.

use std::borrow::Cow;

use super::view::{Entry, View};
use crate::output::{cut_line, width};

/// From this height on, a blank line is below the title.
const ROOMY: usize = 8;

const KEYS: &str = "q quit  ? help  p pause";
const KEYS_OF_SOCKETS: &str = "q quit  ? help  / filter  < > sort  r reverse  g group  p pause";
const HELP_KEY: &str = "? help";

/// The room for notes from which on the key for help is beside them.
const LEAST_NOTE: usize = 20;

/// How many lines the table may have, with so many lines below it.
pub(super) fn room(height: usize, below: usize) -> usize {
    let blank = usize::from(height >= ROOMY);
    height.saturating_sub(1 + blank + below)
}

/// The screen, line by line: as many as it has.
pub(super) fn lines(
    title: &str,
    table: &[u8],
    below: &[String],
    (columns, height): (usize, usize),
    color: bool,
) -> Vec<u8> {
    let (bold, plain) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let mut lines: Vec<Vec<u8>> = Vec::with_capacity(height);
    lines.push(format!("{bold}{}{plain}", cut(title, columns)).into_bytes());
    if height >= ROOMY {
        lines.push(Vec::new());
    }
    let table = table.strip_suffix(b"\n").unwrap_or(table);
    let rows = table.split(|byte| *byte == b'\n').take(room(height, below.len()));
    lines.extend(rows.map(<[u8]>::to_vec));
    // The last lines are at the bottom, where one looks for them.
    let top = height.saturating_sub(below.len());
    lines.resize(top, Vec::new());
    let below = &below[below.len().saturating_sub(height)..];
    lines.extend(below.iter().map(|line| cut(line, columns).into_owned().into_bytes()));
    lines.join(&b'\n')
}

/// A line that fits, with a mark where it was cut.
fn cut(line: &str, columns: usize) -> Cow<'_, str> {
    match width(line) <= columns {
        true => line.into(),
        false => format!("{}…", cut_line(line, columns.saturating_sub(1))).into(),
    }
}

/// The lines below the table.
pub(super) fn below(view: &View, notes: &[String], columns: usize) -> Vec<String> {
    if view.shows_help {
        return vec!["any key goes back".to_owned()];
    }
    if let Some(entry) = &view.entry {
        return typed(entry, columns);
    }
    let keys = if view.offers.filter.is_some() { KEYS_OF_SOCKETS } else { KEYS };
    let mut notes = notes.join("; ");
    // The key that shows the others stays, where there is room for it beside the first note.
    let beside = columns.saturating_sub(2 + HELP_KEY.len());
    if width(&notes) > beside && beside >= LEAST_NOTE {
        notes = cut(&notes, beside).into_owned();
    }
    let candidates = if notes.is_empty() { [keys, HELP_KEY] } else { [HELP_KEY, ""] };
    let gap = if notes.is_empty() { "" } else { "  " };
    let fits = |keys: &&str| width(&notes) + gap.len() + keys.len() <= columns;
    let keys = candidates.into_iter().find(fits).unwrap_or_default();
    vec![format!("{notes}{gap}{keys}").trim_end().to_owned()]
}

/// A filter that is being typed, of which the end is shown, and what is wrong about it.
fn typed(entry: &Entry, columns: usize) -> Vec<String> {
    let Entry { text, error } = entry;
    let room = columns.saturating_sub(2);
    let hidden = (0..=text.len())
        .find(|start| text.get(*start..).is_some_and(|text| width(text) <= room))
        .unwrap_or(text.len());
    let mut lines = vec![format!("/{}_", &text[hidden..])];
    if let Some(error) = error {
        let (at, whole) = (error.offset(), error.expected());
        // Without examples.
        let short = whole.split(" (").next().unwrap_or(whole);
        let marker = text.get(hidden..at).map(|before| " ".repeat(width(before) + 1));
        let marked = [whole, short].into_iter().filter_map(|expected| {
            let marker = marker.as_ref()?;
            Some(format!("{marker}^ expected {expected}"))
        });
        let fitting = marked.into_iter().find(|line| width(line) <= columns);
        let column = || format!("column {}: expected {short}", at + 1);
        lines.push(fitting.unwrap_or_else(column));
    }
    lines
}

#[cfg(test)]
mod tests {
    use procnet::Filter;

    use super::*;
    use crate::watch::view::Offers;

    #[test]
    fn the_last_line_shows_at_every_height() {
        let table = "heading\n".to_owned() + &"row\n".repeat(50);
        for height in 1..60 {
            let below = ["last".to_owned()];
            let shown = lines("title", table.as_bytes(), &below, (80, height), false);
            let shown = String::from_utf8(shown).expect("UTF-8");
            let shown: Vec<&str> = shown.split('\n').collect();
            assert_eq!((shown.len(), shown.last()), (height, Some(&"last")), "{shown:?}");
            let rows = shown.iter().filter(|line| ["heading", "row"].contains(line)).count();
            assert_eq!(rows, room(height, 1).min(51), "{shown:?}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let note = "日本語 2 tables could not be read".to_owned();
        for columns in 1..100 {
            let below = below(&View::default(), std::slice::from_ref(&note), columns);
            let shown = lines("12:00:00 UTC  7 sockets", b"", &below, (columns, 4), false);
            let shown = String::from_utf8(shown).expect("UTF-8");
            assert!(shown.lines().all(|line| width(line) <= columns), "{columns}: {shown}");
        }
    }

    #[test]
    fn an_error_is_marked_where_it_is() {
        let entry = |text: &str| {
            let error = text.parse::<Filter>().expect_err("no filter");
            Entry { text: text.to_owned(), error: Some(error) }
        };
        let lines = typed(&entry("sport = :80 und dport = :1"), 120);
        assert_eq!(lines[0], "/sport = :80 und dport = :1_");
        assert!(lines[1].starts_with("             ^ expected "), "{lines:?}");
        let lines = typed(&entry("sport = :80 und dport = :1"), 20);
        assert_eq!(lines[0], "/:80 und dport = :1_");
        assert!(lines[1].starts_with("column 13: expected "), "{lines:?}");
    }

    #[test]
    fn keys_are_shown_where_there_is_room() {
        let offers = Offers { filter: Some(procnet::Kinds::TCP), ..Offers::default() };
        let view = View::new(&crate::args::Sort::default(), &[], offers);
        assert_eq!(below(&view, &[], 80), [KEYS_OF_SOCKETS]);
        assert_eq!(below(&view, &[], 44), [HELP_KEY]);
        assert_eq!(below(&view, &["… 3 more".to_owned()], 44), ["… 3 more  ? help"]);
        assert_eq!(below(&view, &["… 3 more".to_owned()], 10), ["… 3 more"]);
        let notes = ["… 3 more", "2 columns do not fit"].map(str::to_owned);
        assert_eq!(below(&view, &notes, 30), ["… 3 more; 2 columns d…  ? help"]);
    }
}
