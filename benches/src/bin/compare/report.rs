//! Presents results: `README.md` and `time.svg`, beside the JSON they are made from.

use std::{fs, path::Path};

use crate::results::Results;

mod markdown;
mod plot;
mod ratios;
mod scale;

pub(crate) fn write(results: &Results, directory: &Path) -> Result<(), String> {
    for (name, text) in
        [("README.md", markdown::render(results)), ("time.svg", plot::render(results))]
    {
        let path = directory.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// The tables of results that are printed and not stored.
pub(crate) fn measurements(results: &Results) -> String {
    markdown::sections(results, false)
}

/// A duration with three significant digits.
fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms >= 10_000.0 => format!("{:.1} s", ms / 1e3),
        ms if ms >= 1_000.0 => format!("{:.2} s", ms / 1e3),
        ms if ms >= 100.0 => format!("{ms:.0} ms"),
        ms if ms >= 10.0 => format!("{ms:.1} ms"),
        ms if ms >= 1.0 => format!("{ms:.2} ms"),
        ms if ms >= 0.1 => format!("{:.0} µs", ms * 1e3),
        ms => format!("{:.1} µs", ms * 1e3),
    }
}

/// A ratio with two or three significant digits.
fn ratio(ratio: f64) -> String {
    match ratio {
        ratio if ratio >= 100.0 => format!("{ratio:.0}"),
        ratio if ratio >= 10.0 => format!("{ratio:.1}"),
        ratio => format!("{ratio:.2}"),
    }
}

/// A number with thousands separators.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!((milliseconds(0.0123), milliseconds(0.5)), ("12.3 µs".into(), "500 µs".into()));
        assert_eq!(milliseconds(1.5), "1.50 ms");
        assert_eq!(milliseconds(154.3), "154 ms");
        assert_eq!(milliseconds(102_340.0), "102.3 s");
        assert_eq!((ratio(0.567), ratio(12.34)), ("0.57".to_owned(), "12.3".to_owned()));
    }
}
