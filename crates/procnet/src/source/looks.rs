//! How often a table is read while sockets come and go.
//!
//! The kernel resumes a table by counting sockets, and leaves one out if another that was listed
//! before it is closed meanwhile. Which one is a matter of chance each time, so a table is read
//! again until nothing new comes: what stays is found. Sockets that are created without a pause are
//! new each time, so there is a limit; a table that reaches it is
//! [unsettled](crate::Coverage::unsettled).

/// The least and the greatest limit of reads.
const LIMITS: (u64, u64) = (4, 10);

/// The rows read again at most, apart from the least limit: some ten milliseconds.
const ROWS: u64 = 50_000;

/// Whether a table that had `rows` at its nth read may be read again.
pub(super) fn may_look_again(look: u32, rows: u64) -> bool {
    u64::from(look) < (ROWS / rows.max(1)).clamp(LIMITS.0, LIMITS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_table_is_read_four_times_and_a_short_one_ten_times() {
        let looks = |rows| (1..).find(|look| !may_look_again(*look, rows)).unwrap();
        assert_eq!([0, 5000, 8000, 1_000_000].map(looks), [10, 10, 6, 4]);
    }
}
