//! What is wrong with the configuration, and where.

use std::{ffi::OsStr, fmt, path::Path};

use procnet::decode::escape::Escaped;

/// What is wrong with the configuration, and where: `FILE:LINE:COLUMN: REASON`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    place: String,
    why: String,
}

impl ConfigError {
    /// Of a file, at an offset of its text.
    pub(super) fn of_file(path: &Path, at: Option<(&str, usize)>, why: String) -> ConfigError {
        let mut place = shown(path.as_os_str());
        if let Some((text, offset)) = at {
            let before = text.get(..offset).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let column = before[start..].chars().count() + 1;
            place = format!("{place}:{line}:{column}");
        }
        ConfigError { place, why }
    }

    pub(super) fn of_variable(name: &OsStr, why: String) -> ConfigError {
        ConfigError { place: shown(name), why }
    }

    /// Of options that do not agree, wherever they are from.
    pub(super) fn of_options(why: String) -> ConfigError {
        ConfigError { place: "options".to_owned(), why }
    }

    pub(super) fn of_argument(key: &str, why: String) -> ConfigError {
        ConfigError { place: format!("--{}", key.replace('_', "-")), why }
    }
}

fn shown(name: &OsStr) -> String {
    Escaped(name.as_encoded_bytes()).to_string()
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

impl std::error::Error for ConfigError {}
