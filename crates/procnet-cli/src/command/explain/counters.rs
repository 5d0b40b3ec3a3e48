//! Which counters are available.

use procnet::{Error, Scanner};

use crate::row::{Finding, Seen};

pub(super) fn findings(scanner: &mut Scanner) -> Vec<Finding> {
    let dev = scanner.io_counters().map(drop);
    let snmp = scanner.protocol_counters(&[]).map(drop);
    [("dev", dev), ("snmp", snmp)].map(|(name, result)| finding(name, result.err().as_ref())).into()
}

fn finding(name: &str, error: Option<&Error>) -> Finding {
    let complete = Finding { name: Some(name.to_owned()), ..Finding::complete("counters") };
    match error {
        Some(error) => complete.limited(Seen::None, error.to_string()),
        None => complete,
    }
}
