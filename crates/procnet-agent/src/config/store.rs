//! How the options of Parquet files are parsed and shown.

use std::{path::PathBuf, time::Duration};

use procnet_arrow::parquet::WhenFull;

use super::options::{shown_word, time, word};

pub(super) fn directory(text: &str) -> Result<Option<PathBuf>, String> {
    match text {
        "" => Ok(None),
        // The directory in which a service is started is seldom the one that was meant.
        _ if !text.starts_with('/') => Err(format!("`{text}` does not begin with /")),
        _ => Ok(Some(text.into())),
    }
}

pub(super) fn shown_directory(path: &Option<PathBuf>) -> String {
    path.as_ref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn host(text: &str) -> Result<Option<String>, String> {
    Ok(Some(text.to_owned()).filter(|name| !name.is_empty()))
}

pub(super) fn shown_host(name: &Option<String>) -> String {
    name.clone().unwrap_or_default()
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

const WHEN_FULL: &[(&str, WhenFull)] =
    &[("delete_oldest", WhenFull::DeleteOldest), ("refuse", WhenFull::Refuse)];

pub(super) fn when_full(text: &str) -> Result<WhenFull, String> {
    word(text, WHEN_FULL)
}

pub(super) fn shown_when_full(value: &WhenFull) -> String {
    shown_word(value, WHEN_FULL)
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
        assert_eq!(shown_directory(&directory("/var/lib/x").unwrap()), "/var/lib/x");
    }
}
