//! Which counters are told.

use procnet::{Error, ErrorKind, Scanner};

use super::mount::Mount;
use crate::row::{Finding, Seen};

pub(super) fn findings(scanner: &mut Scanner, mount: &Mount) -> Vec<Finding> {
    let dev = scanner.io_counters().map(drop);
    let snmp = scanner.protocol_counters(&[]).map(drop);
    let conntrack = scanner.conntrack_counts().map(drop);
    [("dev", dev), ("snmp", snmp), ("conntrack", conntrack)]
        .map(|(name, told)| finding(name, told.err().as_ref(), mount))
        .into()
}

fn finding(name: &str, error: Option<&Error>, mount: &Mount) -> Finding {
    let whole = Finding { name: Some(name.to_owned()), ..Finding::whole("counters") };
    let Some(error) = error else { return whole };
    let help = match error.kind() {
        ErrorKind::ConntrackNotLoaded if mount.pids_only => {
            Some("mount this /proc without subset=pid, which hides /proc/sys")
        }
        ErrorKind::ConntrackNotLoaded => {
            Some("nothing, unless connections ought to be tracked: then load nf_conntrack")
        }
        _ => None,
    };
    Finding { help: help.map(str::to_owned), ..whole.less(Seen::None, error.to_string()) }
}
