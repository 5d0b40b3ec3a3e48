//! The source of each table.

use procnet::{Coverage, Error, ErrorKind, Kind, Query, Scanner, Source, coverage::Fallback};

use super::{
    mount::Mount,
    reader::{Capability, Reader},
};
use crate::row::{Finding, Seen};

const DIAGNOSTICS: &str = "socket diagnostics";
const TABLE: &str = "/proc";

/// A finding for each table.
pub(super) fn findings(scanner: &mut Scanner, reader: &Reader, mount: &Mount) -> Vec<Finding> {
    Kind::ALL.into_iter().map(|kind| finding(scanner, reader, mount, kind)).collect()
}

fn finding(scanner: &mut Scanner, reader: &Reader, mount: &Mount, kind: Kind) -> Finding {
    let complete = Finding { name: Some(kind.name().to_owned()), ..Finding::complete("table") };
    // One row is enough to know, except that a capture may be damaged anywhere.
    let query = Query::new().kinds(kind).owners(false);
    let query = if scanner.root().is_capture() { query } else { query.limit(1) };
    let coverage = match scanner.visit(&query.source(Source::Auto), |_| ()) {
        Ok(coverage) => coverage,
        Err(error) if error.kind() == ErrorKind::NotCaptured => {
            return complete.limited(Seen::None, "not in this capture");
        }
        Err(error) if error.kind() == ErrorKind::NotListed => {
            let refusal = error.refusal();
            let why = refusal.map_or(error.to_string(), |refusal| refusal.to_string());
            let help = refusal.and_then(|refusal| help(refusal, reader, kind));
            return Finding { help, ..complete.limited(Seen::None, why) };
        }
        Err(error) => {
            let help = help_if_unreadable(&error, reader, mount);
            return Finding { help, ..complete.limited(Seen::None, error.to_string()) };
        }
    };
    if coverage.from(Source::Netlink).contains(kind) {
        return Finding { from: Some(DIAGNOSTICS), ..complete };
    }
    if coverage.absent.contains(kind) {
        let why = match kind.has_table() || scanner.root().is_capture() {
            true => "not present in this kernel or capture",
            false => "there are none: this kernel has no module for them, or has not loaded it",
        };
        return complete.limited(Seen::None, why);
    }
    if scanner.root().is_capture() && !coverage.is_complete() {
        // No privilege, kernel module or other source helps.
        let why: Vec<String> = coverage.to_string().lines().map(str::to_owned).collect();
        let seen = if coverage.rows == 0 { Seen::None } else { Seen::Part };
        let from = (seen == Seen::Part).then_some(TABLE);
        return Finding { from, ..complete.limited(seen, why.join("; ")) };
    }
    if let Some((_, failure)) = coverage.unreadable.first() {
        return complete.limited(Seen::None, failure.to_string());
    }
    let (why, help) = match fallback(&coverage) {
        Some(fallback) => (Some(why(fallback)), help(fallback, reader, kind)),
        None => (None, None),
    };
    Finding { from: Some(TABLE), why, help, ..complete }
}

/// The details of TCP sockets that only sock_diag provides, given the findings about tables.
pub(super) fn details(tables: &[Finding], reader: &Reader) -> [Finding; 2] {
    let tcp = tables.iter().find(|table| table.name.as_deref() == Some(Kind::Tcp.name()));
    let has_diagnostics = tcp.is_some_and(|tcp| tcp.from == Some(DIAGNOSTICS));
    let named = |name: &str| Finding {
        name: Some(name.to_owned()),
        from: has_diagnostics.then_some(DIAGNOSTICS),
        ..Finding::complete("details")
    };
    let (info, marks) = (named("tcp_info, memory, congestion"), named("marks"));
    if !has_diagnostics {
        let why = "available only from socket diagnostics";
        return [info, marks].map(|finding| finding.limited(Seen::None, why));
    }
    match reader.lacks(&[Capability::NetAdmin]) {
        None => [info, marks],
        Some(missing) => {
            let help = Some(format!("run as root, or with {missing}"));
            let marks = Finding { from: None, help, ..marks };
            [info, marks.limited(Seen::None, "the kernel reports them only with CAP_NET_ADMIN")]
        }
    }
}

/// What helps if no table can be read.
fn help_if_unreadable(error: &Error, reader: &Reader, mount: &Mount) -> Option<String> {
    // If processes of other users are hidden, so is PID 1, whose tables are read.
    let hidden = error.kind() == ErrorKind::NotProc && mount.hidepid.is_some();
    let denied = error.kind() == ErrorKind::PermissionDenied;
    let missing = reader.lacks(&[Capability::SysPtrace]).filter(|_| hidden || denied)?;
    Some(format!("run as root, or with {missing}: processes of other users are hidden"))
}

fn fallback(coverage: &Coverage) -> Option<Fallback> {
    coverage.fallbacks.first().map(|(fallback, _)| *fallback)
}

fn why(fallback: Fallback) -> String {
    match fallback {
        Fallback::Unsupported => "not available from socket diagnostics".to_owned(),
        _ => format!("not from socket diagnostics: {fallback}"),
    }
}

fn help(fallback: Fallback, reader: &Reader, kind: Kind) -> Option<String> {
    match fallback {
        Fallback::NoHandler => Some(format!("load the kernel module {}", module(kind)?)),
        Fallback::NotEntered(_) => {
            let missing = reader.lacks(&[Capability::SysAdmin, Capability::SysPtrace])?;
            Some(format!("run as root, or with {missing}"))
        }
        Fallback::Refused(failure) if failure.is_permission() => {
            Some("allow AF_NETLINK sockets in the seccomp filter".to_owned())
        }
        _ => None,
    }
}

/// The module that provides a kind (net/ipv4/Kconfig, net/unix/Kconfig, and those of the families).
fn module(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Tcp | Kind::Tcp6 => "tcp_diag",
        Kind::Udp | Kind::Udp6 | Kind::UdpLite | Kind::UdpLite6 => "udp_diag",
        Kind::Raw | Kind::Raw6 => "raw_diag",
        Kind::Unix => "unix_diag",
        Kind::Mptcp | Kind::Mptcp6 => "mptcp_diag",
        Kind::Sctp | Kind::Sctp6 => "sctp_diag",
        Kind::Dccp | Kind::Dccp6 => "dccp_diag",
        Kind::Smc => "smc_diag",
        Kind::Vsock => "vsock_diag",
        Kind::Tipc => "tipc_diag",
        Kind::Xdp => "xsk_diag",
        Kind::Packet => "packet_diag",
        _ => return None,
    })
}
