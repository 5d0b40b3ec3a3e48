//! Quantiles of many numbers, in little memory.

/// The bits of a number that its class keeps beside its magnitude: classes are at most 1/16 wide.
const BITS: u32 = 4;
const SUB: u32 = 1 << BITS;
const CLASSES: usize = ((32 - BITS + 1) * SUB) as usize;

/// Counts of numbers in classes whose width is at most 1/16 of the number.
#[derive(Clone, Debug)]
pub struct Quantiles {
    classes: [u64; CLASSES],
    count: u64,
}

impl Default for Quantiles {
    fn default() -> Quantiles {
        Quantiles { classes: [0; CLASSES], count: 0 }
    }
}

fn class(number: u32) -> usize {
    let magnitude = (u32::BITS - number.leading_zeros()).saturating_sub(BITS + 1);
    (magnitude * SUB + (number >> magnitude)) as usize
}

/// The largest number of a class.
fn last(class: usize) -> u32 {
    let (magnitude, rest) = match u32::try_from(class).unwrap_or(0) {
        small if small < 2 * SUB => (0, small),
        class => (class / SUB - 1, class % SUB + SUB),
    };
    (((u64::from(rest) + 1) << magnitude) - 1).min(u64::from(u32::MAX)) as u32
}

impl Quantiles {
    pub(super) fn clear(&mut self) {
        self.classes.fill(0);
        self.count = 0;
    }

    pub(super) fn add(&mut self, number: u32) {
        self.classes[class(number)] += 1;
        self.count += 1;
    }

    /// How many numbers there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The number that this share of the numbers does not exceed, at most 1/16 too large; `None` if there
    /// are no numbers.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u32> {
        let rank = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        let found = self.classes.iter().position(|numbers| {
            seen += numbers;
            seen >= rank
        });
        found.filter(|_| self.count > 0).map(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_in_a_class_of_at_most_a_sixteenth_of_it() {
        for number in (0..4096)
            .chain((12..32).flat_map(|bit| [1 << bit, (1 << bit) + 7, u32::MAX >> (31 - bit)]))
        {
            let last = last(class(number));
            assert!(
                last >= number && u64::from(last - number) * 16 <= u64::from(number).max(1),
                "{number} {last}"
            );
        }
    }

    #[test]
    fn quantiles_are_those_of_sorted_numbers() {
        let mut quantiles = Quantiles::default();
        assert_eq!(quantiles.quantile(0.5), None);
        (1..=1000).for_each(|number| quantiles.add(number));
        for (share, exact) in [(0.0, 1), (0.5, 500), (0.99, 990), (1.0, 1000)] {
            let found = quantiles.quantile(share).unwrap();
            assert!(found >= exact && found <= exact + exact / 16 + 1, "{share}: {found}");
        }
    }
}
