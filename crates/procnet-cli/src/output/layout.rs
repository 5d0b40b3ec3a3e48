//! Which columns of a table are shown, and how wide.
//!
//! Without a limit all columns are as wide as their widest cell. Where a limit makes that
//! impossible, in this order: columns that can be spared are left out, the blanks between
//! columns shrink, texts are cut; and if that does not suffice, the table is broken into
//! blocks of columns, each with the first column before it. Numbers are never cut.

use std::borrow::Cow;

use super::paint::{Painter, plain};

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) title: Cow<'static, str>,
    pub(crate) shape: Shape,
    pub(crate) keep: Keep,
    pub(crate) paint: Painter,
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
    /// It may, if it holds nothing but zeros, or the addresses of no peers.
    UnlessZero,
    /// It may.
    IfRoom,
}

impl Column {
    pub(crate) fn new(title: impl Into<Cow<'static, str>>, shape: Shape, keep: Keep) -> Column {
        Column { title: title.into(), shape, keep, paint: plain }
    }

    /// With colours, where there are any.
    pub(crate) fn painted(self, paint: Painter) -> Column {
        Column { paint, ..self }
    }

    /// The width that suffices, where a place gets as much as `place`, and a list as `list`.
    fn enough(&self, widest: usize, place: usize, list: usize) -> usize {
        match self.shape {
            Shape::Number | Shape::Word => widest,
            Shape::Place => widest.min(place),
            Shape::List => widest.min(list),
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
    /// Something other than 0, or than the address of no peer, stands in it.
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
/// Worth more than columns of zeros.
const LONG_LIST: usize = 48;
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

    let enough_for = |shown: &[Shown], place, list| -> Vec<Shown> {
        shown.iter().map(|(at, width)| (*at, columns[*at].enough(*width, place, list))).collect()
    };
    let enough = |shown: &[Shown], place| enough_for(shown, place, LIST);
    // Whole addresses are worth more than what can be spared; columns of zeros are not
    // worth a heading where space is short, nor where a list is.
    let spares = [(Keep::IfRoom, LONG_PLACE, LIST), (Keep::UnlessZero, SHORT_PLACE, LONG_LIST)];
    for (keep, place, list) in spares {
        while total(&enough_for(&shown, place, list), 2) > limit {
            let spare = |(at, _): &Shown| {
                columns[*at].keep == keep && (keep == Keep::IfRoom || !extents[*at].counts)
            };
            match shown.iter().rposition(spare) {
                Some(at) => drop(shown.remove(at)),
                None => break,
            }
        }
    }
    let gap = if total(&enough(&shown, SHORT_PLACE), 2) <= limit { 2 } else { 1 };
    let is_flexible = |(at, _): &Shown| columns[*at].is_flexible();
    let fixed: Vec<Shown> = shown.iter().filter(|column| !is_flexible(column)).copied().collect();
    let texts = shown.len() - fixed.len();
    let room = limit.checked_sub(total(&fixed, gap) + texts * gap);
    let Some(room) = room.filter(|room| *room >= texts * LEAST) else {
        return Plan { gap, blocks: blocks(&shown, gap, limit) };
    };
    let widths = |of: &[Shown]| -> Vec<usize> {
        of.iter().filter(|column| is_flexible(column)).map(|(_, width)| *width).collect()
    };
    let sufficient = [LONG_PLACE, SHORT_PLACE].map(|place| widths(&enough(&shown, place)));
    let shared = match sufficient.iter().find(|widths| widths.iter().sum::<usize>() <= room) {
        Some(least) => share(room, least, &widths(&shown)),
        None => share(room, &vec![0; texts], &sufficient[1]),
    };
    let mut shared = shared.into_iter();
    for column in shown.iter_mut().filter(|column| is_flexible(column)) {
        column.1 = shared.next().unwrap_or_default();
    }
    Plan { gap, blocks: vec![shown] }
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
    let Some(((at, width), others)) = shown.split_first() else { return Vec::new() };
    // Where not even two columns fit, all there is to do is cut.
    let key = (*at, (*width).min(limit / 2));
    let room = limit.saturating_sub(key.1 + gap);
    let mut blocks = vec![vec![key]];
    for (at, width) in others {
        let column = (*at, (*width).min(room));
        match blocks.last_mut() {
            Some(block) if block.len() == 1 || total(block, gap) + gap + column.1 <= limit => {
                block.push(column);
            }
            _ => blocks.push(vec![key, column]),
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `procnet sockets` has them: a word, a queue, two places, a number to spare, a list.
    fn columns() -> Vec<Column> {
        [
            (Shape::Word, Keep::Always),
            (Shape::Number, Keep::UnlessZero),
            (Shape::Place, Keep::Always),
            (Shape::Place, Keep::Always),
            (Shape::Number, Keep::IfRoom),
            (Shape::List, Keep::Always),
        ]
        .map(|(shape, keep)| Column::new("", shape, keep))
        .to_vec()
    }

    fn extents(widths: [usize; 6]) -> Vec<Extent> {
        widths.map(|width| Extent { width, filled: true, counts: true }).to_vec()
    }

    fn places(plan: &Plan) -> Vec<usize> {
        plan.blocks.iter().flatten().map(|(at, _)| *at).collect()
    }

    #[test]
    fn without_a_limit_nothing_is_lost() {
        let plan = plan(&columns(), &extents([4, 6, 100, 100, 9, 1000]), None);
        assert_eq!(plan.blocks, [[(0, 4), (1, 6), (2, 100), (3, 100), (4, 9), (5, 1000)]]);
    }

    #[test]
    fn empty_columns_are_left_out_unless_all_are_empty() {
        let mut extents = extents([4, 6, 18, 17, 5, 7]);
        extents[3].filled = false;
        assert_eq!(places(&plan(&columns(), &extents, None)), [0, 1, 2, 4, 5]);
        let nothing = vec![Extent::default(); 6];
        assert_eq!(places(&plan(&columns(), &nothing, None)), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn what_can_be_spared_goes_before_zeros_and_zeros_before_texts_are_cut() {
        let widths = [11, 6, 20, 20, 9, 30];
        let mut extents = extents(widths);
        let all: usize = widths.iter().sum::<usize>() + 5 * 2;
        assert_eq!(places(&plan(&columns(), &extents, Some(all))), [0, 1, 2, 3, 4, 5]);
        assert_eq!(places(&plan(&columns(), &extents, Some(all - 1))), [0, 1, 2, 3, 5]);
        // Numbers other than zero are kept.
        assert_eq!(places(&plan(&columns(), &extents, Some(80))), [0, 1, 2, 3, 5]);
        extents[1].counts = false;
        assert_eq!(places(&plan(&columns(), &extents, Some(80))), [0, 2, 3, 5]);
    }

    #[test]
    fn no_line_is_wider_than_the_limit() {
        for limit in 20..250 {
            for widths in [[4, 6, 18, 17, 5, 7], [11, 9, 120, 51, 10, 4000], [4, 6, 5, 5, 4, 3]] {
                let Plan { gap, blocks } = plan(&columns(), &extents(widths), Some(limit));
                for block in &blocks {
                    assert!(total(block, gap) <= limit, "{widths:?} in {limit}: {blocks:?}");
                    assert!(block.iter().all(|(_, width)| *width > 0), "{blocks:?}");
                }
            }
        }
    }

    #[test]
    fn room_is_shared_evenly_and_used_up() {
        assert_eq!(share(30, &[0, 0, 0], &[5, 100, 100]), [5, 13, 12]);
        assert_eq!(share(30, &[8, 8], &[9, 9]), [9, 9]);
    }
}
