//! Periodic refresh.

use std::time::Duration;

/// Periodic refresh.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Refresh")]
pub(crate) struct Watch {
    /// Refresh every SECONDS, by default 2. On a terminal, the table is redrawn in place: ? shows the keys, and q
    /// quits. Elsewhere, tables follow each other. Owners are kept between refreshes: a new socket has its owners at
    /// once, but one that changed hands may show the previous owner for up to 256 refreshes
    #[arg(id = "watch", long = "watch", value_name = "SECONDS", value_parser = seconds)]
    #[arg(allow_negative_numbers = true, num_args = 0..=1, default_missing_value = "2")]
    pub(crate) every: Option<Duration>,
    /// Stop after N refreshes
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) times: Option<u64>,
}

/// What a watch of sockets shows.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
#[command(next_help_heading = "Refresh")]
pub(crate) struct OwnSockets {
    /// In a watch, also show the sockets of procnet itself, which are left out otherwise
    #[arg(id = "own", long = "own", requires = "watch")]
    pub(crate) shown: bool,
}

/// Shorter intervals would keep a processor busy.
const MIN_SECONDS: f64 = 0.05;
/// A day: for longer intervals there are timers.
const MAX_SECONDS: f64 = 86_400.0;

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (MIN_SECONDS..=MAX_SECONDS).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err(format!("expected seconds from {MIN_SECONDS} to {MAX_SECONDS}, such as 2 or 0.5")),
    }
}
