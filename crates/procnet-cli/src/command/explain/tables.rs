//! Which source tells which table.

use procnet::{Coverage, Error, ErrorKind, Fallback, Kind, Query, Scanner, Source};

use super::{
    mount::Mount,
    reader::{Capability, Reader},
};
use crate::row::{Finding, Seen};

const DIAGNOSTICS: &str = "socket diagnostics";
const TABLE: &str = "/proc";

/// A finding for each table that there may be.
pub(super) fn findings(scanner: &mut Scanner, reader: &Reader, mount: &Mount) -> Vec<Finding> {
    Kind::ALL.into_iter().map(|kind| finding(scanner, reader, mount, kind)).collect()
}

fn finding(scanner: &mut Scanner, reader: &Reader, mount: &Mount, kind: Kind) -> Finding {
    let whole = Finding { name: Some(kind.name().to_owned()), ..Finding::whole("table") };
    // One row is enough to know.
    let query = Query::new().kinds(kind).owners(false).limit(1);
    let coverage = match scanner.visit(&query.source(Source::Auto), |_| ()) {
        Ok(coverage) => coverage,
        Err(error) => {
            let help = untold(&error, reader, mount);
            return Finding { help, ..whole.less(Seen::None, error.to_string()) };
        }
    };
    if coverage.from(Source::Netlink).contains(kind) {
        return Finding { from: Some(DIAGNOSTICS), ..whole };
    }
    if coverage.absent.contains(kind) {
        return whole.less(Seen::None, "this kernel, or this capture, does not have it");
    }
    if let Some((_, failure)) = coverage.unreadable.first() {
        return whole.less(Seen::None, failure.to_string());
    }
    let (why, help) = match fallback(&coverage) {
        Some(fallback) => (Some(why(fallback)), help(fallback, reader, kind)),
        None => (None, None),
    };
    Finding { from: Some(TABLE), why, help, ..whole }
}

/// What only socket diagnostics tell of TCP sockets, given what tells their table.
pub(super) fn details(tables: &[Finding], reader: &Reader) -> [Finding; 2] {
    let tcp = tables.iter().find(|table| table.name.as_deref() == Some(Kind::Tcp.name()));
    let told = tcp.is_some_and(|tcp| tcp.from == Some(DIAGNOSTICS));
    let named = |name: &str| Finding {
        name: Some(name.to_owned()),
        from: told.then_some(DIAGNOSTICS),
        ..Finding::whole("details")
    };
    let (info, marks) = (named("tcp_info, memory, congestion"), named("marks"));
    if !told {
        let why = "only socket diagnostics tell them";
        return [info, marks].map(|finding| finding.less(Seen::None, why));
    }
    match reader.lacks(&[Capability::NetAdmin]) {
        None => [info, marks],
        Some(lacking) => {
            let help = Some(format!("run it as root, or with {lacking}"));
            let marks = Finding { from: None, help, ..marks };
            [info, marks.less(Seen::None, "the kernel does not tell them to everybody")]
        }
    }
}

/// What helps where there is no table at all.
fn untold(error: &Error, reader: &Reader, mount: &Mount) -> Option<String> {
    // Where other users' processes are hidden, so is the first one, whose tables are read.
    let hidden = error.kind() == ErrorKind::NotProc && mount.hidepid.is_some();
    let denied = error.kind() == ErrorKind::PermissionDenied;
    let lacking = reader.lacks(&[Capability::SysPtrace]).filter(|_| hidden || denied)?;
    Some(format!("run it as root, or with {lacking}: here processes are hidden from others"))
}

fn fallback(coverage: &Coverage) -> Option<Fallback> {
    coverage.fallbacks.first().map(|(fallback, _)| *fallback)
}

fn why(fallback: Fallback) -> String {
    match fallback {
        Fallback::Unsupported => "not asked of socket diagnostics".to_owned(),
        _ => format!("not from socket diagnostics: {fallback}"),
    }
}

fn help(fallback: Fallback, reader: &Reader, kind: Kind) -> Option<String> {
    match fallback {
        Fallback::NoHandler => Some(format!("load the kernel's module {}", module(kind)?)),
        Fallback::NotEntered(_) => {
            let lacking = reader.lacks(&[Capability::SysAdmin, Capability::SysPtrace])?;
            Some(format!("run it as root, or with {lacking}"))
        }
        Fallback::Refused(failure) if failure.is_permission() => {
            Some("allow sockets of the family AF_NETLINK in the filter of system calls".to_owned())
        }
        _ => None,
    }
}

/// What tells a kind (net/ipv4/Kconfig, net/unix/Kconfig).
fn module(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Tcp | Kind::Tcp6 => "tcp_diag",
        Kind::Udp | Kind::Udp6 | Kind::UdpLite | Kind::UdpLite6 => "udp_diag",
        Kind::Raw | Kind::Raw6 => "raw_diag",
        Kind::Unix => "unix_diag",
        _ => return None,
    })
}
