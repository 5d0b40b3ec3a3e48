//! Whether a counter grew, wrapped or was reset.

use procnet_core::counter::meaning::Kind;

use super::{Group, Interval, NoRate};

/// How a counter changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It grew by this much, or by 0.
    Grew(u64),
    /// It is smaller: if it wrapped, it grew by this much.
    Wrapped(u64),
    /// It is smaller, and a wrap does not explain it.
    Reset,
}

/// How a counter changed that wraps at one of two widths: its own, or that of a narrower counter it
/// is copied from.
pub(super) fn change(old: i128, new: i128, widths: [u32; 2]) -> Change {
    let (Ok(old), Ok(new)) = (u64::try_from(old), u64::try_from(new)) else {
        return Change::Reset;
    };
    if new >= old {
        return Change::Grew(new - old);
    }
    for bits in widths {
        let most = u64::MAX.checked_shr(64 - bits.min(64)).unwrap_or(0);
        let grown = new.wrapping_sub(old) & most;
        // An increase of more than half the range is implausible between two readings.
        if old <= most && grown <= most / 2 {
            return Change::Wrapped(grown);
        }
    }
    Change::Reset
}

/// Whether two readings of a group can be compared.
///
/// Smaller counters are taken as wrapped only if a wrap explains each of them, and another counter
/// was not 0 and has not become smaller. So a reset group is mistaken for a wrapped one only if all
/// of its counters that were not 0 were beyond half their range, except for one that has since
/// exceeded its old value.
pub(super) fn comparable(
    older: &dyn Group,
    newer: &dyn Group,
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
    let (mut smaller, mut grown) = (false, false);
    for at in 0..newer.columns() {
        let Some(column) = newer.column(at).filter(|column| column.meaning.kind == Kind::Counter)
        else {
            continue;
        };
        let Some(before) = older.find(column.name, at) else { continue };
        for row in 0..rows {
            let values = older.value(row, before).zip(newer.value(row, at));
            let Some((old, new)) = values else { continue };
            match change(old, new, column.widths(interval.word)) {
                Change::Grew(_) => grown |= old > 0,
                Change::Wrapped(_) => smaller = true,
                Change::Reset => return Err(NoRate::Reset),
            }
        }
    }
    if smaller && !grown { Err(NoRate::Reset) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_value_has_wrapped_if_less_than_half_the_range_explains_it() {
        let top = i128::from(u32::MAX);
        let long = i128::from(u64::MAX);
        let cases = [
            (5, 5, [64, 64], Change::Grew(0)),
            (5, 9, [32, 32], Change::Grew(4)),
            (top, 0, [32, 32], Change::Wrapped(1)),
            (top, 0, [64, 64], Change::Reset),
            (top, 0, [64, 32], Change::Wrapped(1)),
            (top + 1, 0, [64, 32], Change::Reset),
            (top + 1, 0, [32, 32], Change::Reset),
            (top - 99, 100, [32, 32], Change::Wrapped(200)),
            (1 << 31, 0, [32, 32], Change::Reset),
            ((1 << 31) + 1, 0, [32, 32], Change::Wrapped((1 << 31) - 1)),
            (1000, 10, [32, 32], Change::Reset),
            (long, 3, [64, 64], Change::Wrapped(4)),
            (long, 3, [64, 32], Change::Wrapped(4)),
            (-1, 3, [64, 64], Change::Reset),
        ];
        for (old, new, widths, expected) in cases {
            assert_eq!(change(old, new, widths), expected, "{old} {new} {widths:?}");
        }
    }
}
