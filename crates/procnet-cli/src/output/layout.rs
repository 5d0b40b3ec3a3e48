//! Which columns of a table are shown, and how wide.
//!
//! Without a limit all columns are as wide as their widest cell. Where a limit makes that
//! impossible, in this order: columns that can be spared are left out, the blanks between
//! columns shrink, texts are cut; and if that does not suffice, the table is broken into
//! blocks of columns, each with the first column before it. Numbers are never cut.

use std::borrow::Cow;

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) title: Cow<'static, str>,
    pub(crate) shape: Shape,
    pub(crate) keep: Keep,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Numbers: to the right.
    Number,
    /// Short words.
    Word,
    /// An address or a path, whose end tells most; what is cut is taken from its middle.
    Place,
    /// A list; its end is cut.
    List,
}

/// When a column may be left out of a table that is too wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Always,
    /// It may, if it holds nothing but zeros.
    UnlessZero,
    /// It may.
    IfRoom,
}

impl Column {
    pub(crate) fn new(title: impl Into<Cow<'static, str>>, shape: Shape, keep: Keep) -> Column {
        Column { title: title.into(), shape, keep }
    }

    /// The width that suffices, where a place gets as much as `place`.
    fn enough(&self, widest: usize, place: usize) -> usize {
        match self.shape {
            Shape::Number | Shape::Word => widest,
            Shape::Place => widest.min(place),
            Shape::List => widest.min(LIST),
        }
    }

    fn is_flexible(&self) -> bool {
        matches!(self.shape, Shape::Place | Shape::List)
    }
}

/// What was seen of a column's cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The width of the widest cell, title included.
    pub(crate) width: usize,
    /// Something stands in it.
    pub(crate) filled: bool,
    /// Something other than 0 stands in it.
    pub(crate) counts: bool,
}

/// A column as shown: its place among all columns, and its width.
pub(crate) type Shown = (usize, usize);

/// How a table is shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The blanks between two columns.
    pub(crate) gap: usize,
    /// Columns that stand side by side; mostly one block has them all.
    pub(crate) blocks: Vec<Vec<Shown>>,
}

/// The least width of a text that is worth showing.
const LEAST: usize = 8;
/// Enough for two owners or three.
const LIST: usize = 32;
/// Enough for any IPv4 address and port.
const SHORT_PLACE: usize = 24;
/// Enough for any IPv6 address and port.
const LONG_PLACE: usize = 48;

/// Lays out columns, given what was seen of each.
pub(crate) fn plan(columns: &[Column], extents: &[Extent], limit: Option<usize>) -> Plan {
    let any = extents.iter().any(|extent| extent.filled);
    // A column that is empty throughout is noise; the headings of an empty table are not.
    let mut shown: Vec<Shown> = (0..)
        .zip(extents)
        .filter(|(_, extent)| extent.filled || !any)
        .map(|(at, extent)| (at, extent.width))
        .collect();
    let Some(limit) = limit else { return Plan { gap: 2, blocks: vec![shown] } };

    let enough = |shown: &[Shown], place| -> Vec<Shown> {
        shown.iter().map(|(at, width)| (*at, columns[*at].enough(*width, place))).collect()
    };
    // Whole addresses are worth more than what can be spared; columns of zeros are not
    // worth a heading where space is short.
    for (keep, place) in [(Keep::IfRoom, LONG_PLACE), (Keep::UnlessZero, SHORT_PLACE)] {
        while total(&enough(&shown, place), 2) > limit {
            let spare = |(at, _): &Shown| {
                columns[*at].keep == keep && (keep == Keep::IfRoom || !extents[*at].counts)
            };
            match shown.iter().rposition(spare) {
                Some(at) => drop(shown.remove(at)),
                None => break,
            }
        }
    }
    let sufficient = enough(&shown, SHORT_PLACE);
    let gap = if total(&sufficient, 2) <= limit { 2 } else { 1 };
    let is_flexible = |(at, _): &Shown| columns[*at].is_flexible();
    let fixed: Vec<Shown> = shown.iter().filter(|column| !is_flexible(column)).copied().collect();
    let texts = shown.len() - fixed.len();
    let room = limit.saturating_sub(total(&fixed, gap) + texts * gap);
    if room < texts * LEAST || total(&fixed, gap) > limit {
        return Plan { gap, blocks: blocks(&shown, gap, limit) };
    }
    let widths = |of: &[Shown]| -> Vec<usize> {
        of.iter().filter(|column| is_flexible(column)).map(|(_, width)| *width).collect()
    };
    let (least, most) = (widths(&sufficient), widths(&shown));
    let mut shared = if least.iter().sum::<usize>() > room {
        share(room, &vec![0; texts], &least)
    } else {
        share(room, &least, &most)
    }
    .into_iter();
    let fit = |column: Shown| match is_flexible(&column) {
        true => (column.0, shared.next().unwrap_or_default()),
        false => column,
    };
    Plan { gap, blocks: vec![shown.into_iter().map(fit).collect()] }
}

/// The width of columns side by side.
fn total(columns: &[Shown], gap: usize) -> usize {
    let widths: usize = columns.iter().map(|(_, width)| width).sum();
    widths + gap * columns.len().saturating_sub(1)
}

/// Shares out `room` evenly, none getting less than its `least` nor more than its `most`.
fn share(room: usize, least: &[usize], most: &[usize]) -> Vec<usize> {
    let at_level = |level: usize| -> Vec<usize> {
        least.iter().zip(most).map(|(least, most)| level.clamp(*least, *most)).collect()
    };
    let mut level = 0;
    let top = most.iter().copied().max().unwrap_or(0).min(room);
    while level < top && at_level(level + 1).iter().sum::<usize>() <= room {
        level += 1;
    }
    // What does not suffice for another column each goes to the first that can use it.
    let mut shared = at_level(level);
    let mut left = room.saturating_sub(shared.iter().sum());
    for (width, most) in shared.iter_mut().zip(most) {
        let more = left.min(most.saturating_sub(*width));
        *width += more;
        left -= more;
    }
    shared
}

/// Breaks columns into blocks, each with the first column before it.
fn blocks(shown: &[Shown], gap: usize, limit: usize) -> Vec<Vec<Shown>> {
    let Some((key, others)) = shown.split_first() else { return Vec::new() };
    let mut blocks: Vec<Vec<Shown>> = Vec::new();
    for column in others {
        let narrow = (column.0, column.1.min(limit.saturating_sub(key.1 + gap)));
        match blocks.last_mut() {
            Some(block) if total(block, gap) + gap + narrow.1 <= limit => block.push(narrow),
            _ => blocks.push(vec![*key, narrow]),
        }
    }
    blocks
}
