//! A table that has to stay in one block, however narrow it is: which columns it gives up.

use super::{Column, Keep, LEAST, Overflow, Shape, Shown};

/// The width of a text below which it is worth a queue: short IPv4 addresses and ports.
const SHORT: usize = 15;

/// The same, for the kind.
const NARROW: usize = 12;

/// Whether a column may be given up.
type MayGo<'a> = &'a dyn Fn(&Column) -> bool;

/// Gives up columns until the others fit side by side, each text with its least width. Returns
/// how many.
pub(super) fn give_up(columns: &[Column], shown: &mut Vec<Shown>, limit: usize) -> usize {
    let before = shown.len();
    let (is_queue, is_kind, is_other) = (
        |column: &Column| column.keep == Keep::UnlessZero && column.shape == Shape::Number,
        |column: &Column| column.keep == Keep::UnlessNarrow,
        |column: &Column| column.keep != Keep::Essential,
    );
    let of_shape = |shape| move |column: &Column| is_other(column) && column.shape == shape;
    let steps: [(usize, MayGo<'_>); 6] = [
        (SHORT, &is_queue),
        (NARROW, &is_kind),
        (LEAST, &of_shape(Shape::Number)),
        (LEAST, &of_shape(Shape::Word)),
        (LEAST, &of_shape(Shape::Address)),
        (LEAST, &of_shape(Shape::List)),
    ];
    for (least, may_go) in steps {
        while needed(columns, shown, least) > limit {
            match shown.iter().rposition(|(at, _)| may_go(&columns[*at])) {
                Some(at) => drop(shown.remove(at)),
                None => break,
            }
        }
    }
    before - shown.len()
}

/// The width of all columns if each text is at most `least` wide.
fn needed(columns: &[Column], shown: &[Shown], least: usize) -> usize {
    let width = |(at, width): &Shown| match columns[*at].is_flexible(Overflow::GiveUp) {
        true => (*width).min(least),
        false => *width,
    };
    shown.iter().map(width).sum::<usize>() + shown.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::layout::{Extent, Plan, plan, total};

    /// Those of a watch of sockets: mark, kind, state, queues, ends, owners.
    fn columns() -> Vec<Column> {
        [
            ("", Shape::Word, Keep::Essential),
            ("Kind", Shape::Word, Keep::UnlessNarrow),
            ("State", Shape::Word, Keep::Always),
            ("Recv-Q", Shape::Number, Keep::UnlessZero),
            ("Send-Q", Shape::Number, Keep::UnlessZero),
            ("Local", Shape::Address, Keep::Essential),
            ("Peer", Shape::Address, Keep::UnlessZero),
            ("Process", Shape::List, Keep::Essential),
        ]
        .map(|(title, shape, keep)| Column::new(title, shape, keep))
        .to_vec()
    }

    fn plan_for(widths: [usize; 8], limit: usize) -> Plan {
        let extents = widths.map(|width| Extent { width, filled: true, nonzero: true });
        plan(&columns(), &extents, Some(limit), Overflow::GiveUp)
    }

    fn titles(widths: [usize; 8], limit: usize) -> String {
        let columns = columns();
        let Plan { blocks, .. } = plan_for(widths, limit);
        let titles = blocks[0].iter().map(|(at, _)| &*columns[*at].title);
        titles.collect::<Vec<_>>().join(" ").trim().to_owned()
    }

    const USUAL: [usize; 8] = [1, 4, 11, 6, 6, 21, 21, 40];

    #[test]
    fn queues_go_before_the_kind_the_kind_before_the_state_and_ends_and_owners_stay() {
        assert_eq!(titles(USUAL, 80), "Kind State Recv-Q Send-Q Local Peer Process");
        assert_eq!(titles(USUAL, 75), "Kind State Recv-Q Local Peer Process");
        assert_eq!(titles(USUAL, 58), "Kind State Local Peer Process");
        assert_eq!(titles(USUAL, 50), "State Local Peer Process");
        assert_eq!(titles(USUAL, 44), "State Local Peer Process");
        assert_eq!(titles(USUAL, 35), "Local Peer Process");
        assert_eq!(titles(USUAL, 20), "Local Process");
        assert_eq!(plan_for(USUAL, 58).given_up, 2);
    }

    #[test]
    fn there_is_one_block_at_every_width_and_it_fits() {
        for limit in 20..=200 {
            for widths in [
                USUAL,
                [1, 11, 11, 20, 20, 120, 51, 4000],
                [1, 4, 5, 6, 6, 7, 7, 7],
                [40, 4, 11, 6, 6, 48, 48, 9],
            ] {
                let Plan { gap, blocks, .. } = plan_for(widths, limit);
                let [block] = &blocks[..] else { panic!("{limit}: {blocks:?}") };
                assert!(total(block, gap) <= limit, "{widths:?} in {limit}: {block:?}");
                for at in [5, 7] {
                    let width = block.iter().find(|(shown, _)| *shown == at).map(|shown| shown.1);
                    assert!(width >= Some(widths[at].min(5)), "{widths:?} in {limit}: {block:?}");
                }
            }
        }
    }
}
