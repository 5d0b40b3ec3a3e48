//! Numbers, with errors that say what was expected.

/// How many to print at most.
pub(super) fn max<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    let help = "expected a number, 0 or more; without --max, all are printed";
    text.parse().map_err(|_| help.to_owned())
}

/// The number of a process.
pub(super) fn pid(text: &str) -> Result<u32, String> {
    let help = "expected the number of a process; to select by name, use --process NAME";
    text.parse().map_err(|_| help.to_owned())
}
