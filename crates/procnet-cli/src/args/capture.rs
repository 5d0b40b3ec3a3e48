//! `procnet capture`.

use std::path::PathBuf;

use super::Host;

const EXAMPLES: &str = "\
Examples:
  procnet capture /var/tmp/host-7           capture this host
  tar czf host-7.tgz -C /var/tmp host-7     to send it
  procnet --root /var/tmp/host-7 -ltn       look at it, on any machine
  procnet explain --root /var/tmp/host-7    what it lacks

A capture has the tables of one network namespace, and for each process its name,
its users, its control group and its descriptors; of open files it has no paths,
and of processes no command lines. Names of unix sockets, programs, interfaces
and control groups and all addresses are in it. What could not be read is
reported, and recorded in the capture.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Capture {
    /// The directory to create; it must not exist
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) host: Host,
}
