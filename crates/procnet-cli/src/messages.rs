//! What is said on standard error: short lines, each with the program's name.
//!
//! A standard error that cannot be written is nobody's failure: there is no one to tell.

use std::{
    error::Error as _,
    fmt::Arguments,
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
};

use procnet::Coverage;

use crate::{Sight, error::Error};

/// What to do about a refusal.
fn help() -> &'static str {
    // The user of the files in /proc is the one that a process acts as.
    let user = std::fs::metadata("/proc/self").map(|own| own.uid());
    if user.is_ok_and(|user| user == 0) {
        "even root is refused here: `procnet explain` tells why"
    } else {
        "root sees all, and so does CAP_SYS_PTRACE with CAP_DAC_READ_SEARCH"
    }
}

/// Says a line.
pub(crate) fn say(line: Arguments<'_>) {
    bare(format_args!("procnet: {line}"));
}

/// Says a line that begins with the name of a file, as those of compilers do.
pub(crate) fn bare(line: Arguments<'_>) {
    // In one piece, so that lines of several programs do not mix.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Formats and [says](say) a line.
macro_rules! message {
    ($($part:tt)*) => { $crate::messages::say(format_args!($($part)*)) };
}
pub(crate) use message;

/// Says why the command could not run, with every cause, on one line.
pub(crate) fn failure(error: &Error) {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    message!("{line}");
    if error.is_permission() {
        message!("{}", help());
    }
}

/// Says what an answer does not cover, and on request which tables another source told.
pub(crate) fn coverage(coverage: &Coverage, fallbacks: bool) -> Sight {
    missing(coverage, fallbacks).iter().for_each(|line| message!("{line}"));
    if coverage.truncated {
        message!("stopped after {} sockets, as --max asks; there may be more", coverage.sockets);
    }
    sight(coverage)
}

/// Whether an answer covers all.
pub(crate) fn sight(coverage: &Coverage) -> Sight {
    if coverage.is_complete() { Sight::Whole } else { Sight::Partial }
}

/// What an answer does not cover, as lines.
pub(crate) fn missing(coverage: &Coverage, fallbacks: bool) -> Vec<String> {
    let mut lines: Vec<String> = coverage.to_string().lines().map(str::to_owned).collect();
    for (fallback, kinds) in coverage.fallbacks.iter().filter(|_| fallbacks) {
        let kinds: Vec<&str> = kinds.iter().map(procnet::Kind::name).collect();
        let kinds = kinds.join(", ");
        lines.push(format!("from /proc, as asked for by --source auto: {kinds}: {fallback}"));
    }
    let hidden = coverage.processes.iter().flat_map(|walk| &walk.hidden);
    let mut failures = hidden
        .map(|hidden| hidden.failure)
        .chain(coverage.unreadable.iter().map(|(_, failure)| *failure));
    if failures.any(procnet::Failure::is_permission) {
        lines.push(help().to_owned());
    }
    lines
}

/// Names the lines of a table that did not decode.
pub(crate) fn bad_lines(table: &str, lines: &[(usize, procnet::core::Error)]) -> Sight {
    for (line, error) in lines {
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        message!("table {table}, line {line}, column {at}: {name}: {what}");
    }
    if lines.is_empty() { Sight::Whole } else { Sight::Partial }
}
