//! `procnet netstat`: the further counters of protocols.

use super::snmp;
use crate::{Sight, args::Netstat, error::Error};

/// A kernel without multipath TCP has none of its counters.
const OPTIONAL: [&str; 1] = ["MPTcpExt"];

pub(super) fn run(args: &Netstat) -> Result<Sight, Error> {
    let mut scanner = args.shown.host.scanner()?;
    snmp::show(&args.shown, &args.protocols, &OPTIONAL, |asked| scanner.netstat_counters(asked))
}
