//! What of a table a watch shows, and how keys change it. Nothing here reads or draws.

use std::ops::Range;

use procnet::{Filter, Kinds, filter::FilterError};

use crate::{args::Sort, field::Field, terminal::Key};

/// The longest filter that can be typed, in bytes.
const MAX_TYPED: usize = 1000;

/// What keys can change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offers {
    /// The kinds of sockets that a filter is for, if there may be one.
    pub(crate) filter: Option<Kinds>,
    /// What to group by; no field for a list.
    pub(crate) groups: Vec<Vec<Field>>,
    /// What to sort a list by. Groups can be sorted by what they are grouped by, and by amounts.
    pub(crate) sorts: Vec<Field>,
}

/// A filter, and how it was typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Typed {
    pub(crate) text: String,
    pub(crate) filter: Filter,
}

/// A filter that is being typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    pub(crate) text: String,
    /// Why it is not a filter.
    pub(crate) error: Option<FilterError>,
}

/// What a watch shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) offers: Offers,
    pub(crate) sort: Sort,
    /// Empty for a list.
    pub(crate) by: Vec<Field>,
    pub(crate) filter: Option<Typed>,
    pub(crate) is_paused: bool,
    pub(crate) shows_help: bool,
    pub(crate) entry: Option<Entry>,
    /// The number of rows above the first one shown.
    skip: usize,
    /// The number of rows on the screen.
    page: usize,
}

/// What follows from a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Draw,
    Quit,
}

impl View {
    pub(crate) fn new(sort: &Sort, by: &[Field], offers: Offers) -> View {
        View { offers, sort: sort.clone(), by: by.to_vec(), ..View::default() }
    }

    /// Of so many rows, those that are shown if there is room for `most`.
    pub(crate) fn window(&self, rows: usize, most: usize) -> Range<usize> {
        let start = self.skip.min(rows.saturating_sub(most));
        start..start.saturating_add(most).min(rows)
    }

    /// Remembers which rows were shown, from which keys scroll.
    pub(super) fn shown(&mut self, rows: &Range<usize>) {
        (self.skip, self.page) = (rows.start, rows.len().max(1));
    }

    /// The effect of a key.
    pub(crate) fn press(&mut self, key: Key) -> Effect {
        if std::mem::take(&mut self.shows_help) {
            return Effect::Draw;
        }
        if let Some(entry) = self.entry.take() {
            self.entry = self.edit(entry, key);
            return Effect::Draw;
        }
        match key {
            Key::Char('q' | 'Q') => return Effect::Quit,
            Key::Char('?' | 'h') => self.shows_help = true,
            Key::Char('p' | 'P') => self.is_paused = !self.is_paused,
            Key::Char('r' | 'R') if !self.offers.sorts.is_empty() => {
                self.sort.reverse = !self.sort.reverse;
            }
            Key::Char('>' | 's') => self.sort_by_next(Step::Next),
            Key::Char('<' | 'S') => self.sort_by_next(Step::Previous),
            Key::Char('g') => self.group_by_next(Step::Next),
            Key::Char('G') => self.group_by_next(Step::Previous),
            Key::Char('/') if self.offers.filter.is_some() => {
                let text = self.filter.as_ref().map(|typed| typed.text.clone()).unwrap_or_default();
                self.entry = Some(Entry { text, error: None });
            }
            Key::Up | Key::Char('k') => self.skip = self.skip.saturating_sub(1),
            Key::Down | Key::Char('j') => self.skip = self.skip.saturating_add(1),
            Key::PageUp | Key::Char('b') => self.skip = self.skip.saturating_sub(self.page),
            Key::PageDown | Key::Char(' ' | 'f') => self.skip = self.skip.saturating_add(self.page),
            Key::Home => self.skip = 0,
            Key::End => self.skip = usize::MAX,
            _ => {}
        }
        Effect::Draw
    }

    /// The filter after a key; `None` if it is typed, or given up.
    fn edit(&mut self, mut entry: Entry, key: Key) -> Option<Entry> {
        match key {
            Key::Char(character) if entry.text.len() < MAX_TYPED => entry.text.push(character),
            Key::Backspace if entry.text.is_empty() => return None,
            Key::Backspace => drop(entry.text.pop()),
            Key::DeleteLine => entry.text.clear(),
            Key::DeleteWord => {
                let kept = entry.text.trim_end().rfind(' ').map_or(0, |blank| blank + 1);
                entry.text.truncate(kept);
            }
            Key::Escape => return None,
            Key::Enter => return self.enter(entry),
            _ => return Some(entry),
        }
        entry.error = None;
        Some(entry)
    }

    /// Filters by what was typed. If it is no filter, it stays.
    fn enter(&mut self, entry: Entry) -> Option<Entry> {
        let text = entry.text;
        if text.trim().is_empty() {
            self.filter = None;
            return None;
        }
        match Filter::parse_for(&text, self.offers.filter.unwrap_or_default()) {
            Ok(filter) => {
                (self.filter, self.skip) = (Some(Typed { text, filter }), 0);
                None
            }
            Err(error) => Some(Entry { text, error: Some(error) }),
        }
    }

    fn sort_by_next(&mut self, step: Step) {
        // Without a field, groups are sorted by their number of sockets.
        let amounts = Field::TOTALS.iter().filter(|field| **field != Field::Sockets);
        let mut choices = vec![Vec::new()];
        match &self.by[..] {
            [] => choices.extend(self.offers.sorts.iter().map(|field| vec![*field])),
            by => choices.extend(amounts.chain(by).map(|field| vec![*field])),
        }
        if !self.offers.sorts.is_empty() {
            self.sort.fields = step.from(&choices, &self.sort.fields);
        }
    }

    fn group_by_next(&mut self, step: Step) {
        if !self.offers.groups.is_empty() {
            self.by = step.from(&self.offers.groups, &self.by);
            (self.sort, self.skip) = (Sort::default(), 0);
        }
    }

    /// What differs from the usual, in words.
    pub(super) fn described(&self) -> Vec<String> {
        let names = |fields: &[Field]| {
            fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(",")
        };
        let mut parts = Vec::new();
        if self.is_paused {
            parts.push("paused".to_owned());
        }
        if let Some(Typed { text, .. }) = &self.filter {
            parts.push(format!("filter: {text}"));
        }
        let reversed = if self.sort.reverse { " reversed" } else { "" };
        match &self.sort.fields[..] {
            [] if self.sort.reverse => parts.push("reversed".to_owned()),
            [] => {}
            fields => parts.push(format!("sort: {}{reversed}", names(fields))),
        }
        parts
    }
}

#[derive(Clone, Copy)]
enum Step {
    Next,
    Previous,
}

impl Step {
    /// The choice after or before this one, around the ends; the first if it is none of them.
    fn from(self, choices: &[Vec<Field>], current: &[Field]) -> Vec<Field> {
        let count = choices.len();
        let at = choices.iter().position(|choice| *choice == current);
        let next = match (self, at) {
            (Step::Next, at) => at.map_or(0, |at| (at + 1) % count),
            (Step::Previous, at) => at.map_or(0, |at| (at + count - 1) % count),
        };
        choices.get(next).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
