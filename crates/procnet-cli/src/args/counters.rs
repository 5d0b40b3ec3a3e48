//! `procnet dev`, `snmp` and `conntrack`.

use super::{Host, Printing};

#[derive(Debug, clap::Args)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

const SNMP_EXAMPLES: &str = "\
Examples:
  procnet snmp                        every protocol
  procnet snmp tcp udp                two of them
  procnet snmp tcp --format csv       for a spreadsheet";

#[derive(Debug, clap::Args)]
#[command(after_help = SNMP_EXAMPLES)]
pub(crate) struct Snmp {
    /// Only these protocols, in any case: ip, icmp, icmpmsg, tcp, udp, udplite.
    #[arg(value_name = "PROTOCOL")]
    pub(crate) protocols: Vec<String>,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Conntrack {
    /// A row for each CPU, instead of their sum.
    #[arg(long)]
    pub(crate) per_cpu: bool,
    #[command(flatten)]
    pub(crate) host: Host,
    #[command(flatten)]
    pub(crate) printing: Printing,
}
