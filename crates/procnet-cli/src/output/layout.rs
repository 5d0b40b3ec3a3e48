//! Which columns of a table are shown, and how wide.
//!
//! Without a width limit, each column is as wide as its widest cell. To meet a limit, in this
//! order: expendable columns are dropped, the gap between columns shrinks, texts are cut; if that
//! is not enough, the table is split into blocks of columns, each repeating the first column, or
//! gives up columns where it has to stay in one block. Numbers are never cut.

mod narrow;

use std::borrow::Cow;

use super::style::{Styler, plain};

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) title: Cow<'static, str>,
    pub(crate) shape: Shape,
    pub(crate) keep: Keep,
    pub(crate) style: Styler,
}

/// The content of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Right-aligned.
    Number,
    /// Short, never cut.
    Word,
    /// An address or a path, whose end matters most: cut in the middle.
    Address,
    /// Cut at its end.
    List,
}

/// When a column may be dropped from a table that is too wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// However narrow the table is.
    Essential,
    /// Unless a single block would have no room for it.
    Always,
    /// Before texts get narrow in a single block.
    UnlessNarrow,
    /// If it has only zeros, or unspecified addresses.
    UnlessZero,
    /// Before anything else.
    IfRoom,
}

impl Column {
    pub(crate) fn new(title: impl Into<Cow<'static, str>>, shape: Shape, keep: Keep) -> Column {
        Column { title: title.into(), shape, keep, style: plain }
    }

    /// The column with a style.
    pub(crate) fn styled(self, style: Styler) -> Column {
        Column { style, ..self }
    }

    /// The sufficient width, if addresses get at most `address` and lists at most `list`.
    fn enough(&self, widest: usize, address: usize, list: usize) -> usize {
        match self.shape {
            Shape::Number | Shape::Word => widest,
            Shape::Address => widest.min(address),
            Shape::List => widest.min(list),
        }
    }

    /// Whether it can be cut; in a single block, what is essential has to be.
    fn is_flexible(&self, overflow: Overflow) -> bool {
        match self.shape {
            Shape::Number => false,
            Shape::Word => overflow == Overflow::GiveUp && self.keep == Keep::Essential,
            Shape::Address | Shape::List => true,
        }
    }
}

/// What becomes of columns that do not fit side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// They are printed in a further block.
    Blocks,
    /// They are not printed.
    GiveUp,
}

/// The extent of a column's cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The width of the widest cell, including the title.
    pub(crate) width: usize,
    /// A cell is not empty.
    pub(crate) filled: bool,
    /// A cell is neither empty, 0, nor an unspecified address.
    pub(crate) nonzero: bool,
}

/// A printed column: its index, and its width.
pub(crate) type Shown = (usize, usize);

/// The layout of a table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The blanks between two columns.
    pub(crate) gap: usize,
    /// Columns printed side by side; usually one block has all of them.
    pub(crate) blocks: Vec<Vec<Shown>>,
    /// The number of columns that were given up, except for expendable ones and zeros.
    pub(crate) given_up: usize,
}

/// The least useful width of a text.
const LEAST: usize = 8;
/// Fits two or three owners.
const LIST: usize = 32;
/// Preferred over columns of zeros.
const LONG_LIST: usize = 48;
/// Fits any IPv4 address and port.
const SHORT_ADDRESS: usize = 24;
/// Fits any IPv6 address and port.
const LONG_ADDRESS: usize = 48;

/// Lays out columns, given their extents.
pub(crate) fn plan(
    columns: &[Column],
    extents: &[Extent],
    limit: Option<usize>,
    overflow: Overflow,
) -> Plan {
    let any = extents.iter().any(|extent| extent.filled);
    // Omit empty columns, unless the whole table is empty.
    let mut shown: Vec<Shown> = (0..)
        .zip(extents)
        .filter(|(_, extent)| extent.filled || !any)
        .map(|(at, extent)| (at, extent.width))
        .collect();
    let Some(limit) = limit else { return Plan { gap: 2, blocks: vec![shown], given_up: 0 } };

    let enough_for = |shown: &[Shown], address, list| -> Vec<Shown> {
        shown.iter().map(|(at, width)| (*at, columns[*at].enough(*width, address, list))).collect()
    };
    let enough = |shown: &[Shown], address| enough_for(shown, address, LIST);
    // Whole addresses are preferred over expendable columns, and both lists and short addresses
    // over columns of zeros.
    let spares = [(Keep::IfRoom, LONG_ADDRESS, LIST), (Keep::UnlessZero, SHORT_ADDRESS, LONG_LIST)];
    for (keep, address, list) in spares {
        while total(&enough_for(&shown, address, list), 2) > limit {
            let spare = |(at, _): &Shown| {
                columns[*at].keep == keep && (keep == Keep::IfRoom || !extents[*at].nonzero)
            };
            match shown.iter().rposition(spare) {
                Some(at) => drop(shown.remove(at)),
                None => break,
            }
        }
    }
    let given_up = match overflow {
        Overflow::Blocks => 0,
        Overflow::GiveUp => narrow::give_up(columns, &mut shown, limit),
    };
    let gap = if total(&enough(&shown, SHORT_ADDRESS), 2) <= limit { 2 } else { 1 };
    let is_flexible = |(at, _): &Shown| columns[*at].is_flexible(overflow);
    let fixed: Vec<Shown> = shown.iter().filter(|column| !is_flexible(column)).copied().collect();
    let texts = shown.len() - fixed.len();
    let gaps = gap * shown.len().saturating_sub(1);
    let room = limit.checked_sub(total(&fixed, 0) + gaps);
    let room = match overflow {
        Overflow::Blocks => room.filter(|room| *room >= texts * LEAST),
        Overflow::GiveUp => Some(room.unwrap_or(0)),
    };
    let Some(room) = room else {
        return Plan { gap, blocks: blocks(&shown, gap, limit), given_up };
    };
    let widths = |of: &[Shown]| -> Vec<usize> {
        of.iter().filter(|column| is_flexible(column)).map(|(_, width)| *width).collect()
    };
    let sufficient = [LONG_ADDRESS, SHORT_ADDRESS].map(|address| widths(&enough(&shown, address)));
    let shared = match sufficient.iter().find(|widths| widths.iter().sum::<usize>() <= room) {
        Some(least) => share(room, least, &widths(&shown)),
        None => share(room, &vec![0; texts], &sufficient[1]),
    };
    let mut shared = shared.into_iter();
    for column in shown.iter_mut().filter(|column| is_flexible(column)) {
        column.1 = shared.next().unwrap_or_default();
    }
    Plan { gap, blocks: vec![shown], given_up }
}

/// The width of columns printed side by side.
fn total(columns: &[Shown], gap: usize) -> usize {
    let widths: usize = columns.iter().map(|(_, width)| width).sum();
    widths + gap * columns.len().saturating_sub(1)
}

/// Distributes `room` evenly, within the bounds `least` and `most` of each.
fn share(room: usize, least: &[usize], most: &[usize]) -> Vec<usize> {
    let at_level = |level: usize| -> Vec<usize> {
        least.iter().zip(most).map(|(least, most)| level.clamp(*least, *most)).collect()
    };
    let mut level = 0;
    let top = most.iter().copied().max().unwrap_or(0).min(room);
    while level < top && at_level(level + 1).iter().sum::<usize>() <= room {
        level += 1;
    }
    // The remainder goes to the first that can use it.
    let mut shared = at_level(level);
    let mut left = room.saturating_sub(shared.iter().sum());
    for (width, most) in shared.iter_mut().zip(most) {
        let more = left.min(most.saturating_sub(*width));
        *width += more;
        left -= more;
    }
    shared
}

/// Splits columns into blocks, each starting with the first column.
fn blocks(shown: &[Shown], gap: usize, limit: usize) -> Vec<Vec<Shown>> {
    let Some(((at, width), others)) = shown.split_first() else { return Vec::new() };
    // If not even two columns fit, cut.
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

    const BLOCKS: Overflow = Overflow::Blocks;

    /// Those of `procnet sockets`: a word, a queue, two addresses, an expendable number, a list.
    fn columns() -> Vec<Column> {
        [
            (Shape::Word, Keep::Always),
            (Shape::Number, Keep::UnlessZero),
            (Shape::Address, Keep::Always),
            (Shape::Address, Keep::Always),
            (Shape::Number, Keep::IfRoom),
            (Shape::List, Keep::Always),
        ]
        .map(|(shape, keep)| Column::new("", shape, keep))
        .to_vec()
    }

    fn extents(widths: [usize; 6]) -> Vec<Extent> {
        widths.map(|width| Extent { width, filled: true, nonzero: true }).to_vec()
    }

    fn indices(plan: &Plan) -> Vec<usize> {
        plan.blocks.iter().flatten().map(|(at, _)| *at).collect()
    }

    #[test]
    fn without_a_limit_nothing_is_cut() {
        let plan = plan(&columns(), &extents([4, 6, 100, 100, 9, 1000]), None, BLOCKS);
        assert_eq!(plan.blocks, [[(0, 4), (1, 6), (2, 100), (3, 100), (4, 9), (5, 1000)]]);
    }

    #[test]
    fn empty_columns_are_omitted_unless_all_are_empty() {
        let mut extents = extents([4, 6, 18, 17, 5, 7]);
        extents[3].filled = false;
        assert_eq!(indices(&plan(&columns(), &extents, None, BLOCKS)), [0, 1, 2, 4, 5]);
        let nothing = vec![Extent::default(); 6];
        assert_eq!(indices(&plan(&columns(), &nothing, None, BLOCKS)), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn expendable_columns_are_dropped_before_zeros_and_zeros_before_texts_are_cut() {
        let widths = [11, 6, 20, 20, 9, 30];
        let mut extents = extents(widths);
        let all: usize = widths.iter().sum::<usize>() + 5 * 2;
        assert_eq!(indices(&plan(&columns(), &extents, Some(all), BLOCKS)), [0, 1, 2, 3, 4, 5]);
        assert_eq!(indices(&plan(&columns(), &extents, Some(all - 1), BLOCKS)), [0, 1, 2, 3, 5]);
        // Numbers other than zero stay.
        assert_eq!(indices(&plan(&columns(), &extents, Some(80), BLOCKS)), [0, 1, 2, 3, 5]);
        extents[1].nonzero = false;
        assert_eq!(indices(&plan(&columns(), &extents, Some(80), BLOCKS)), [0, 2, 3, 5]);
    }

    #[test]
    fn no_line_is_wider_than_the_limit() {
        for limit in 20..250 {
            for widths in [[4, 6, 18, 17, 5, 7], [11, 9, 120, 51, 10, 4000], [4, 6, 5, 5, 4, 3]] {
                let Plan { gap, blocks, .. } =
                    plan(&columns(), &extents(widths), Some(limit), BLOCKS);
                for block in &blocks {
                    assert!(total(block, gap) <= limit, "{widths:?} in {limit}: {blocks:?}");
                    assert!(block.iter().all(|(_, width)| *width > 0), "{blocks:?}");
                }
            }
        }
    }

    #[test]
    fn room_is_distributed_evenly_and_completely() {
        assert_eq!(share(30, &[0, 0, 0], &[5, 100, 100]), [5, 13, 12]);
        assert_eq!(share(30, &[8, 8], &[9, 9]), [9, 9]);
    }
}
