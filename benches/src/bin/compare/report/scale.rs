//! Positions in the plot: logarithmic scales, and labels that do not overlap.

/// A logarithmic scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// `low` is shown at `from`, `high` at `to`.
    pub(super) fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Scale {
        Scale { low: low.log10(), high: high.log10(), from, to }
    }

    /// Where a number is shown.
    pub(super) fn at(self, number: f64) -> f64 {
        let Scale { low, high, from, to } = self;
        from + (number.log10() - low) / (high - low) * (to - from)
    }

    /// The powers of ten within the scale.
    pub(super) fn decades(self) -> impl Iterator<Item = f64> {
        let (low, high) = (self.low.ceil() as i32, self.high.floor() as i32);
        (low..=high).map(|power| 10_f64.powi(power))
    }
}

/// Moves positions apart until they are at least `least` apart, each staying near its original.
///
/// Positions that collide are merged into a block around their common center; so are blocks.
pub(super) fn spread(positions: &[f64], least: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_by(|one, other| positions[*one].total_cmp(&positions[*other]));
    // For each block, the sum of the starts that its members would prefer, and their number.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for position in order.iter().map(|at| positions[*at]) {
        blocks.push((position, 1));
        while let [.., (sum, count), (next, more)] = blocks[..] {
            let (begin, end) = (sum / count as f64, sum / count as f64 + least * count as f64);
            if next / more as f64 >= end || begin.is_nan() {
                break;
            }
            blocks.truncate(blocks.len() - 2);
            blocks.push((sum + next - least * (count * more) as f64, count + more));
        }
    }
    let starts = blocks.into_iter().flat_map(|(sum, count)| {
        (0..count).map(move |member| sum / count as f64 + least * member as f64)
    });
    let mut spread = vec![0.0; positions.len()];
    for (at, position) in order.into_iter().zip(starts) {
        spread[at] = position;
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_evenly_spaced() {
        let scale = Scale::new((1.0, 1000.0), (0.0, 300.0));
        assert!(scale.decades().eq([1.0, 10.0, 100.0, 1000.0]));
        assert!((scale.at(10.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn labels_do_not_overlap() {
        assert_eq!(spread(&[5.0, 50.0], 10.0), [5.0, 50.0]);
        assert_eq!(spread(&[20.0, 20.0], 10.0), [15.0, 25.0]);
        assert_eq!(spread(&[30.0, 20.0, 22.0], 10.0), [34.0, 14.0, 24.0]);
    }
}
