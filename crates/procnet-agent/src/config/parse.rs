//! How values are parsed and shown.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

pub(super) fn shown(value: &impl ToString) -> String {
    value.to_string()
}

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address and port, as 127.0.0.1:9988"))
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    let fault = || format!("`{text}` is not a time, as 10s, 500ms or 2m");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: f64 = digits.parse().map_err(|_| fault())?;
    let seconds = match unit.trim() {
        "" | "s" => number,
        "ms" => number / 1000.0,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(fault()),
    };
    if !(0.01..=86_400.0).contains(&seconds) {
        return Err(format!("`{text}` is not from 10ms to 24h"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

pub(super) fn shown_time(time: &Duration) -> String {
    match time.as_millis() {
        millis if millis % 1000 == 0 => format!("{}s", millis / 1000),
        millis => format!("{millis}ms"),
    }
}

pub(super) fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim_end().parse::<f64>().ok();
    let number = number.filter(|number| (0.01..=100.0).contains(number));
    let number = number.ok_or_else(|| format!("`{text}` is not a percentage from 0.01 to 100"))?;
    Ok(number / 100.0)
}

pub(super) fn shown_percent(share: &f64) -> String {
    format!("{}%", share * 100.0)
}

pub(super) fn number<T: TryFrom<u64>>(text: &str, least: u64, most: u64) -> Result<T, String> {
    let number = text.parse::<u64>().ok().filter(|number| (least..=most).contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("`{text}` is not a number from {least} to {most}"))
}

pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

/// The words of an option, each with its value.
pub(super) fn word<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("`{text}` is none of {}", words.join(", "))
    })
}

pub(super) fn shown_word<T: PartialEq>(value: &T, words: &[(&str, T)]) -> String {
    let found = words.iter().find(|(_, other)| other == value);
    found.map(|(word, _)| (*word).to_owned()).unwrap_or_default()
}

pub(super) fn time_or_zero(text: &str) -> Result<Duration, String> {
    match text {
        "0" | "0s" => Ok(Duration::ZERO),
        _ => time(text).map_err(|why| format!("{why}, nor 0")),
    }
}

/// The units of sizes, and their bytes.
const UNITS: [(&str, u64); 9] = [
    ("", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

pub(super) fn bytes(text: &str) -> Result<Option<u64>, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = UNITS.iter().find(|(name, _)| *name == unit.trim()).map(|(_, bytes)| *bytes);
    let number = digits.parse::<u64>().ok();
    let size = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    let size = size.ok_or_else(|| format!("`{text}` is not a size, as 1GiB, 500MB or 1000000"))?;
    Ok(Some(size).filter(|size| *size > 0))
}

pub(super) fn shown_bytes(size: &Option<u64>) -> String {
    let size = size.unwrap_or(0);
    let whole = UNITS.iter().rev().find(|(_, unit)| size > 0 && size.is_multiple_of(*unit));
    let (unit, bytes) = whole.copied().unwrap_or_default();
    format!("{}{unit}", size / bytes.max(1))
}

pub(super) fn directory(text: &str) -> Result<Option<PathBuf>, String> {
    match text {
        "" => Ok(None),
        // The directory in which a service is started is seldom the one that was meant.
        _ if !text.starts_with('/') => Err(format!("`{text}` does not begin with /")),
        _ => Ok(Some(text.into())),
    }
}

pub(super) fn file(text: &str) -> Result<Option<PathBuf>, String> {
    Ok(Some(text).filter(|text| !text.is_empty()).map(PathBuf::from))
}

pub(super) fn shown_path(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn text(text: &str) -> Result<Option<String>, String> {
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

pub(super) fn shown_text(text: &Option<String>) -> String {
    text.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_shown_as_they_can_be_written() {
        let cases = [("1GiB", 1 << 30), ("1024MiB", 1 << 30), ("500 MB", 500_000_000), ("7", 7)];
        for (text, size) in cases {
            assert_eq!(bytes(text), Ok(Some(size)), "{text}");
            assert_eq!(bytes(&shown_bytes(&Some(size))), Ok(Some(size)), "{text}");
        }
        assert_eq!((bytes("0"), shown_bytes(&None)), (Ok(None), "0".to_owned()));
        assert_eq!(shown_bytes(&Some(1 << 30)), "1GiB");
        for wrong in ["", "GiB", "-1", "1.5GiB", "1 Gib", "99999999999TiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_directory_is_named_from_the_root() {
        assert_eq!(directory("files"), Err("`files` does not begin with /".to_owned()));
        assert_eq!(shown_path(&directory("/var/lib/x").unwrap()), "/var/lib/x");
    }
}
