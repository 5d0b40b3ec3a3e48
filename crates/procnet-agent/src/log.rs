//! What the agent reports on standard error: one line for each event, as logfmt or JSON.
//!
//! Values may come from anybody, such as a path or the name of a process. Whatever could end a line or
//! begin another field is quoted and escaped.

use std::{
    error::Error,
    fmt::{self, Write as _},
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use procnet::decode::escape::Escaped;

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What happens in the normal course.
    Info,
    /// The agent goes on, with less than it was asked for.
    Warn,
    /// Something does not work.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

static JSON: AtomicBool = AtomicBool::new(false);

/// Sets whether lines are JSON objects. The default is logfmt.
pub fn set_json(json: bool) {
    JSON.store(json, Ordering::Relaxed);
}

/// An error with its causes, on one line.
pub(crate) fn described(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Writes a line. The time is left to whoever collects the lines, such as the journal.
pub fn write(level: Level, message: &str, fields: &[(&str, &dyn fmt::Display)]) {
    let line = line(JSON.load(Ordering::Relaxed), level, message, fields);
    // Nothing is left to be done if nobody reads it.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

fn line(json: bool, level: Level, message: &str, fields: &[(&str, &dyn fmt::Display)]) -> String {
    let message = ("message", &message as &dyn fmt::Display);
    let all = [("level", &level.name() as &dyn fmt::Display), message];
    let all = all.iter().chain(fields);
    if json {
        let object = all.map(|(key, value)| ((*key).to_owned(), value.to_string().into()));
        let object: serde_json::Map<String, serde_json::Value> = object.collect();
        return format!("{}\n", serde_json::Value::Object(object));
    }
    let mut line = String::new();
    for (key, value) in all {
        let value = Escaped(value.to_string().as_bytes()).to_string();
        let space = if line.is_empty() { "" } else { " " };
        let plain = |c: char| c.is_ascii_alphanumeric() || "._:/-+%[]".contains(c);
        // Writing into a string cannot fail.
        let _ = if !value.is_empty() && value.chars().all(plain) {
            write!(line, "{space}{key}={value}")
        } else {
            write!(line, "{space}{key}=\"{}\"", value.replace('"', "\\\""))
        };
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\nlevel=error \"x\" \u{1b}[31m";

    #[test]
    fn a_value_cannot_begin_another_line_or_field() {
        let line = line(false, Level::Warn, "reload refused", &[("path", &HOSTILE), ("line", &3)]);
        let path = r#"path="a\x0Alevel=error \"x\" \x1B[31m""#;
        assert_eq!(line, format!("level=warn message=\"reload refused\" {path} line=3\n"));
    }

    #[test]
    fn json_is_one_object_on_one_line() {
        let line = line(true, Level::Info, "ready", &[("path", &HOSTILE)]);
        assert_eq!(line.lines().count(), 1);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["path"], HOSTILE);
        assert_eq!(object["level"], "info");
    }
}
