//! The source of tracked connections and their statistics.

use procnet::{Error, ErrorKind, Scanner, Source, conntrack::ConntrackQuery, coverage::Fallback};

use super::mount::Mount;
use crate::{
    messages::help_if_refused,
    row::{Finding, Seen},
};

const CTNETLINK: &str = "ctnetlink";
const FILES: &str = "/proc";

type Read = fn(&mut Scanner, &ConntrackQuery) -> Result<(), Error>;

pub(super) fn findings(scanner: &mut Scanner, mount: &Mount) -> [Finding; 2] {
    let statistics: Read = |scanner, query| scanner.conntrack_stats_of(query).map(drop);
    // One connection is enough to know.
    let connections: Read =
        |scanner, query| scanner.tracked_of(query, |_| std::ops::ControlFlow::Break(())).map(drop);
    let named = Finding { name: Some("conntrack".to_owned()), ..Finding::complete("counters") };
    [
        finding(scanner, mount, named, statistics),
        finding(scanner, mount, Finding::complete("connections"), connections),
    ]
}

fn finding(scanner: &mut Scanner, mount: &Mount, complete: Finding, read: Read) -> Finding {
    let refusal = match read(scanner, &ConntrackQuery::new().source(Source::Netlink)) {
        Ok(()) => return Finding { from: Some(CTNETLINK), ..complete },
        Err(error) => error.refusal(),
    };
    match read(scanner, &ConntrackQuery::new()) {
        Ok(()) => {
            let why = refusal.map(|refusal| format!("not from {CTNETLINK}: {refusal}"));
            let help = refusal.and_then(help_if_refused).map(str::to_owned);
            Finding { from: Some(FILES), why, help, ..complete }
        }
        Err(error) => {
            let help = help(&error, refusal, mount).map(str::to_owned);
            Finding { help, ..complete.limited(Seen::None, why(&error)) }
        }
    }
}

/// The error and its cause.
fn why(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn help(error: &Error, refusal: Option<Fallback>, mount: &Mount) -> Option<&'static str> {
    if error.kind() == ErrorKind::ConntrackNotLoaded && mount.pids_only {
        return Some("mount this /proc without subset=pid, which hides /proc/sys");
    }
    // In a directory of files, nothing can be loaded.
    refusal.filter(|refusal| *refusal != Fallback::OtherRoot).and_then(help_if_refused)
}
