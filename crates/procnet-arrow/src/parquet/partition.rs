//! Where a file is: its partition, and its name.

use std::{
    fs::DirEntry,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use arrow_array::temporal_conversions::timestamp_ns_to_datetime;

/// The end of the name of a file that is not whole yet. No engine's `*.parquet` matches it.
pub(super) const UNFINISHED: &str = ".unfinished";

/// An hour, as a directory below a table: `date=2026-11-30/hour=21`.
pub(super) fn partition(time: i64) -> String {
    match timestamp_ns_to_datetime(time) {
        Some(time) => time.format("date=%Y-%m-%d/hour=%H").to_string(),
        None => "date=unknown/hour=00".to_owned(),
    }
}

/// The name of a file: `HOST-20261130T211500Z-000000.parquet`.
pub(super) fn file_name(name: &str, time: i64, sequence: u64) -> String {
    let time = match timestamp_ns_to_datetime(time) {
        Some(time) => time.format("%Y%m%dT%H%M%SZ").to_string(),
        None => "unknown".to_owned(),
    };
    format!("{name}-{time}-{sequence:06}.parquet")
}

/// Whether a writer of this name made a file of this name.
pub(super) fn is_of(name: &str, file: &str) -> bool {
    let file = file.strip_prefix('.').unwrap_or(file);
    let file = file.strip_suffix(UNFINISHED).unwrap_or(file);
    let Some(stem) = file.strip_suffix(".parquet") else { return false };
    let mut parts = stem.rsplitn(3, '-');
    let (sequence, time) = (parts.next(), parts.next());
    let digits = |text: Option<&str>| text.is_some_and(|it| it.bytes().all(|c| c.is_ascii_digit()));
    digits(sequence) && time.is_some() && parts.next() == Some(name)
}

/// A name as a part of a file name: everything but letters, digits, `.`, `_` and `-` as `%XX`, at most 128
/// bytes.
pub(super) fn safe(name: &str) -> String {
    let mut safe = String::new();
    for (at, byte) in name.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        match is_plain || (byte == b'.' && at > 0) {
            true => safe.push(char::from(byte)),
            false => safe.push_str(&format!("%{byte:02X}")),
        }
        if safe.len() >= 128 {
            break;
        }
    }
    if safe.is_empty() { "unknown".to_owned() } else { safe }
}

/// Every file of this writer in a table: its path below the table, whether it is whole, and its size. What is
/// deleted meanwhile is left out.
pub(super) fn files(table: &Path, name: &str) -> std::io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for date in directories(table, "date=")? {
        for hour in directories(&date, "hour=")? {
            for entry in entries(&hour)? {
                let file = entry.file_name();
                let Some(file) = file.to_str().filter(|file| is_of(name, file)) else { continue };
                let bytes = match entry.metadata() {
                    Ok(metadata) => metadata.len(),
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                let partition = hour.strip_prefix(table).unwrap_or(&hour);
                let (below, is_whole) = (partition.join(file), !file.ends_with(UNFINISHED));
                found.push(Found { below, is_whole, bytes });
            }
        }
    }
    Ok(found)
}

/// A file of a writer.
pub(super) struct Found {
    /// Its path below its table.
    pub(super) below: PathBuf,
    pub(super) is_whole: bool,
    pub(super) bytes: u64,
}

/// The entries of a directory; none if it is not there.
fn entries(directory: &Path) -> std::io::Result<Vec<DirEntry>> {
    match std::fs::read_dir(directory) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn directories(below: &Path, prefix: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in entries(below)? {
        let is_partition = entry.file_name().to_str().is_some_and(|it| it.starts_with(prefix));
        if is_partition && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_an_hour_of_utc() {
        assert_eq!(partition(1_796_077_800_000_000_000), "date=2026-11-30/hour=22");
        assert_eq!(partition(-1), "date=1969-12-31/hour=23");
        let name = file_name("web-7", 1_796_077_801_999_999_999, 3);
        assert_eq!(name, "web-7-20261130T223001Z-000003.parquet");
    }

    #[test]
    fn a_file_belongs_to_one_name_only() {
        let file = file_name("web-1", 0, 0);
        assert!(is_of("web-1", &file) && is_of("web-1", &format!(".{file}{UNFINISHED}")));
        assert!(!is_of("web", &file) && !is_of("1", &file) && !is_of("web-1", "web-1.parquet"));
    }

    #[test]
    fn a_host_may_have_any_name() {
        assert_eq!(safe("../etc"), "%2E.%2Fetc");
        assert_eq!(safe(""), "unknown");
        assert_eq!(safe("a b\n"), "a%20b%0A");
        assert!(safe(&"ä".repeat(1000)).len() < 140);
    }
}
