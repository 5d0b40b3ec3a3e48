//! How long sockets lived.

use std::time::Duration;

/// The upper bounds of the buckets, in seconds. All that lived longer is in one more.
pub const BOUNDS: [f64; 8] = [0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0];

/// A histogram of lifetimes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lifetimes {
    counts: [u64; BOUNDS.len() + 1],
    nanos: u128,
}

impl Lifetimes {
    /// Counts one.
    pub fn add(&mut self, lifetime: Duration) {
        let seconds = lifetime.as_secs_f64();
        let at = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.counts[at] += 1;
        self.nanos += lifetime.as_nanos();
    }

    /// The sum, in seconds.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.nanos as f64 / 1e9
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The upper bound of each bucket and the count in it alone; the last bound is that of an `f64`, as the encoder
    /// has it for `+Inf`.
    #[must_use]
    pub fn buckets(&self) -> [(f64, u64); BOUNDS.len() + 1] {
        let mut bounds = [f64::MAX; BOUNDS.len() + 1];
        bounds[..BOUNDS.len()].copy_from_slice(&BOUNDS);
        std::array::from_fn(|at| (bounds[at], self.counts[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_in_the_first_bucket_that_is_large_enough() {
        let mut lifetimes = Lifetimes::default();
        for millis in [0, 1, 2, 10, 9_999, 3_600_000, 3_600_001] {
            lifetimes.add(Duration::from_millis(millis));
        }
        let counts = lifetimes.buckets().map(|(_, count)| count);
        assert_eq!(counts, [2, 2, 0, 0, 1, 0, 0, 1, 1]);
        assert_eq!(lifetimes.count(), 7);
        assert!((lifetimes.sum() - 7210.013).abs() < 1e-6, "{}", lifetimes.sum());
    }
}
