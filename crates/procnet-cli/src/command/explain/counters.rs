//! Which counters are available.

use procnet::{Error, ErrorKind, Scanner};

use super::mount::Mount;
use crate::row::{Finding, Seen};

pub(super) fn findings(scanner: &mut Scanner, mount: &Mount) -> Vec<Finding> {
    let dev = scanner.io_counters().map(drop);
    let snmp = scanner.protocol_counters(&[]).map(drop);
    let conntrack = scanner.conntrack_counts().map(drop);
    // No module that is loaded now changes a capture.
    let mount = (!scanner.root().is_capture()).then_some(mount);
    [("dev", dev), ("snmp", snmp), ("conntrack", conntrack)]
        .map(|(name, result)| finding(name, result.err().as_ref(), mount))
        .into()
}

fn finding(name: &str, error: Option<&Error>, mount: Option<&Mount>) -> Finding {
    let complete = Finding { name: Some(name.to_owned()), ..Finding::complete("counters") };
    let Some(error) = error else { return complete };
    let help = match error.kind() {
        _ if mount.is_none() => None,
        ErrorKind::ConntrackNotLoaded if mount.is_some_and(|mount| mount.pids_only) => {
            Some("mount this /proc without subset=pid, which hides /proc/sys")
        }
        ErrorKind::ConntrackNotLoaded => {
            Some("if connections should be tracked, load nf_conntrack; else nothing")
        }
        _ => None,
    };
    Finding { help: help.map(str::to_owned), ..complete.limited(Seen::None, error.to_string()) }
}
