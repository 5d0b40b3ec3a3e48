//! Messages on standard error: short lines, each with the program's name.
//!
//! Failures to write them are ignored, as there is no place to report them.

use std::{
    error::Error as _,
    fmt::Arguments,
    io::{self, IsTerminal as _, Write as _},
    os::unix::fs::MetadataExt as _,
    sync::atomic::{AtomicBool, Ordering},
};

use procnet::{
    Coverage,
    capture::Remarks,
    coverage::{Fallback, NoBpf},
};

use crate::{Outcome, args::Color, error::Error};

/// What helps if permission is denied.
fn help() -> &'static str {
    // The files in /proc belong to the effective user of the process.
    let user = std::fs::metadata("/proc/self").map(|own| own.uid());
    if user.is_ok_and(|user| user == 0) {
        "root is denied here, too: see `procnet explain`"
    } else {
        "run as root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, to see everything"
    }
}

/// Whether nothing is printed but why the command could not run.
static QUIET: AtomicBool = AtomicBool::new(false);

pub(crate) fn set_quiet(is_quiet: bool) {
    QUIET.store(is_quiet, Ordering::Relaxed);
}

/// Prints a line.
pub(crate) fn print(line: Arguments<'_>) {
    plain(format_args!("procnet: {line}"));
}

/// Prints a line without the program's name: it starts with a file name, as those of compilers.
pub(crate) fn plain(line: Arguments<'_>) {
    if QUIET.load(Ordering::Relaxed) {
        return;
    }
    // In one write, so that lines of several programs do not mix.
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Formats and [prints](print) a line.
macro_rules! message {
    ($($part:tt)*) => { $crate::messages::print(format_args!($($part)*)) };
}
pub(crate) use message;

/// Prints why the command could not run, with every cause, on one line.
pub(crate) fn failure(error: &Error) {
    set_quiet(false);
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    message!("{line}");
    error.details().iter().for_each(|line| message!("{line}"));
    match error.refusal().filter(|_| !error.is_not_listed()).and_then(help_if_refused) {
        None if error.is_not_listed() => message!("see `procnet explain`"),
        Some(help) => message!("{help}"),
        None if error.is_permission() => message!("{}", help()),
        None => {}
    }
}

/// Reports why the command line cannot be parsed.
pub(crate) fn usage(error: &clap::Error) {
    let message = error.render();
    let mut err = io::stderr();
    let is_colored = Color::default().applies(err.is_terminal());
    let text = if is_colored { message.ansi().to_string() } else { message.to_string() };
    let _ = err.write_all(text.as_bytes());
}

/// Reports what helps if permission is denied.
pub(crate) fn denied() {
    message!("{}", help());
}

/// What helps if ctnetlink refuses.
pub(crate) fn help_if_refused(refusal: Fallback) -> Option<&'static str> {
    Some(match refusal {
        Fallback::NotLoaded => {
            "if connections should be tracked, load nf_conntrack, or add a rule that uses it"
        }
        Fallback::NeedsNetAdmin => {
            "run as root, or with CAP_NET_ADMIN, of the user namespace that owns the network \
             namespace"
        }
        Fallback::NoHandler => "load the kernel module nf_conntrack_netlink",
        Fallback::NoProtocol => "load the kernel module nfnetlink",
        Fallback::NotEntered(failure) if failure.is_permission() => {
            "run as root, or with CAP_SYS_ADMIN and CAP_SYS_PTRACE, to enter the network namespace"
        }
        Fallback::Refused(failure) if failure.is_permission() => {
            "allow AF_NETLINK sockets in the seccomp filter"
        }
        _ => return None,
    })
}

/// Reports what a result does not cover and, on request, tables from a fallback source.
pub(crate) fn coverage(coverage: &Coverage, fallbacks: bool) -> Outcome {
    forgiven(coverage).iter().for_each(|line| message!("{line}"));
    missing(coverage, fallbacks).iter().for_each(|line| message!("{line}"));
    if coverage.truncated {
        message!("stopped after {} sockets (--max); there may be more", coverage.sockets);
    }
    outcome(coverage)
}

/// Whether a result is complete.
pub(crate) fn outcome(coverage: &Coverage) -> Outcome {
    Outcome::complete_if(coverage.is_complete())
}

/// What a result does not cover, as lines.
pub(crate) fn missing(coverage: &Coverage, fallbacks: bool) -> Vec<String> {
    let mut lines: Vec<String> = coverage.to_string().lines().map(str::to_owned).collect();
    for (fallback, kinds) in coverage.fallbacks.iter().filter(|_| fallbacks) {
        let read = kinds.iter().filter(|kind| kind.has_table());
        let kinds: Vec<&str> = read.map(procnet::Kind::name).collect();
        if kinds.is_empty() {
            continue;
        }
        let kinds = kinds.join(", ");
        lines.push(format!("read from /proc instead of sock_diag: {kinds}: {fallback}"));
    }
    if coverage.swapped > 0 {
        lines.push("if so, use --byte-order".to_owned());
    }
    let hidden = coverage.processes.iter().flat_map(|walk| &walk.hidden);
    let mut failures = hidden
        .map(|hidden| hidden.failure)
        .chain(coverage.unreadable.iter().map(|(_, failure)| *failure));
    if failures.any(procnet::coverage::Failure::is_permission) {
        // All but one process is seen: that takes a line, and no more.
        let hidden = coverage.processes.as_ref().map(procnet::coverage::Processes::unreadable);
        match &mut lines[..] {
            [line] if hidden == Some(1) => line.push_str("; see `procnet explain`"),
            _ => lines.push(help().to_owned()),
        }
    }
    lines
}

/// Reports what was forgiven of the text of a table, and what is doubtful about it.
pub(crate) fn remarks(table: &str, remarks: &Remarks) -> Outcome {
    if !remarks.is_exact() {
        message!("table {table}: read despite {remarks}");
    }
    remarks.doubts().for_each(|doubt| message!("table {table} {doubt}"));
    Outcome::complete_if(remarks.is_whole())
}

/// What was forgiven of the texts of tables, once for all tables of which the same was.
fn forgiven(coverage: &Coverage) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for (kind, remarks) in coverage.remarks.iter().filter(|(_, remarks)| !remarks.is_exact()) {
        let what = remarks.to_string();
        match lines.iter_mut().find(|(known, _)| *known == what) {
            Some((_, kinds)) => *kinds = format!("{kinds}, {kind}"),
            None => lines.push((what, kind.to_string())),
        }
    }
    lines.into_iter().map(|(what, kinds)| format!("{kinds}: read despite {what}")).collect()
}

/// Reports the malformed lines of a table.
pub(crate) fn bad_lines(table: &str, lines: &[(usize, procnet::decode::Error)]) -> Outcome {
    for (line, error) in lines {
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        message!("table {table}, line {line}, column {at}: {name}: {what}");
    }
    Outcome::complete_if(lines.is_empty())
}

/// Why there is no BPF, after an error that says so, and what would help, if that is known.
pub(crate) fn why_no_bpf(error: &dyn std::error::Error) -> (String, Option<&'static str>) {
    let why = error.source().and_then(|cause| cause.downcast_ref::<NoBpf>());
    (why.map_or_else(|| error.to_string(), ToString::to_string), why.and_then(NoBpf::help))
}
