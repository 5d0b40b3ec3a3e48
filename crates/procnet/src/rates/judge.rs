//! Whether a counter counted on, wrapped, or began again.

use procnet_core::counter::meaning::Kind;

use super::{Interval, NoRate, numbers::Numbers};

/// What became of one counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// It stayed, or grew by this much.
    On(u64),
    /// It is smaller, and grew by this much if it wrapped.
    Round(u64),
    /// It is smaller by more than a wrap explains.
    Back,
}

/// What became of a counter that wraps at one of two widths: its own, or a narrower one that it
/// is filled from.
pub(super) fn course(old: i128, new: i128, widths: [u32; 2]) -> Course {
    let (Ok(old), Ok(new)) = (u64::try_from(old), u64::try_from(new)) else {
        return Course::Back;
    };
    if new >= old {
        return Course::On(new - old);
    }
    for bits in widths {
        let most = u64::MAX.checked_shr(64 - bits.min(64)).unwrap_or(0);
        let grown = new.wrapping_sub(old) & most;
        // More than half its range is more than it can have gone in any sensible time.
        if old <= most && grown <= most / 2 {
            return Course::Round(grown);
        }
    }
    Course::Back
}

/// Whether a group counted on from one reading to the other.
///
/// Counters that are smaller than before have wrapped only if each of them may have, and if there
/// is another that did not get smaller and is not 0. So a group that was made anew passes for one
/// that wrapped only if all it had counted is in counters beyond half their range, apart from
/// one that has overtaken its old value since.
pub(super) fn group(
    older: &dyn Numbers,
    newer: &dyn Numbers,
    interval: Interval,
) -> Result<(), NoRate> {
    if interval.elapsed.is_zero() {
        return Err(NoRate::NoTime);
    }
    if older.index().zip(newer.index()).is_some_and(|(older, newer)| older != newer) {
        return Err(NoRate::Reset);
    }
    let rows = newer.rows();
    if older.rows() != rows || (0..rows).any(|row| older.cpu(row) != newer.cpu(row)) {
        return Err(NoRate::Cpus);
    }
    let (mut smaller, mut witness) = (false, false);
    for at in 0..newer.columns() {
        let Some(column) = newer.column(at).filter(|column| column.meaning.kind == Kind::Counter)
        else {
            continue;
        };
        let Some(before) = older.find(column.name, at) else { continue };
        for row in 0..rows {
            let values = older.value(row, before).zip(newer.value(row, at));
            let Some((old, new)) = values else { continue };
            match course(old, new, column.widths(interval.word)) {
                Course::On(_) => witness |= old > 0,
                Course::Round(_) => smaller = true,
                Course::Back => return Err(NoRate::Reset),
            }
        }
    }
    if smaller && !witness { Err(NoRate::Reset) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smaller_is_a_wrap_if_less_than_half_the_range_explains_it() {
        let top = i128::from(u32::MAX);
        let long = i128::from(u64::MAX);
        let cases = [
            (5, 5, [64, 64], Course::On(0)),
            (5, 9, [32, 32], Course::On(4)),
            (top, 0, [32, 32], Course::Round(1)),
            (top, 0, [64, 64], Course::Back),
            (top, 0, [64, 32], Course::Round(1)),
            (top + 1, 0, [64, 32], Course::Back),
            (top + 1, 0, [32, 32], Course::Back),
            (top - 99, 100, [32, 32], Course::Round(200)),
            (1 << 31, 0, [32, 32], Course::Back),
            ((1 << 31) + 1, 0, [32, 32], Course::Round((1 << 31) - 1)),
            (1000, 10, [32, 32], Course::Back),
            (long, 3, [64, 64], Course::Round(4)),
            (long, 3, [64, 32], Course::Round(4)),
            (-1, 3, [64, 64], Course::Back),
        ];
        for (old, new, widths, expected) in cases {
            assert_eq!(course(old, new, widths), expected, "{old} {new} {widths:?}");
        }
    }
}
