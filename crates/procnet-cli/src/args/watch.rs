//! Looking again and again.

use std::time::Duration;

/// Looking again and again.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Again and again")]
pub(crate) struct Watch {
    /// Look again every so many seconds. On a terminal the table stays in place: q ends it.
    /// Elsewhere tables follow one another.
    #[arg(id = "watch", long = "watch", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) every: Option<Duration>,
    /// Look so many times, then end.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) times: Option<u64>,
}

/// Less would be all that a processor does.
const LEAST: f64 = 0.05;
/// A day: what is longer is a task for a timer.
const MOST: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (LEAST..=MOST).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("seconds from {LEAST} to {MOST}, such as 2 or 0.5")),
    }
}
