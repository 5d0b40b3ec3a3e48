//! `procnet arp`, `route`, `addr`, `igmp`, `ptype` and `wireless`.

use super::Shown;

/// A command that shows a table of each version of IP.
#[derive(Debug, clap::Args)]
pub(crate) struct ShownByVersion {
    /// Only those of IPv4.
    #[arg(long, short = '4')]
    ipv4: bool,
    /// Only those of IPv6.
    #[arg(long, short = '6')]
    ipv6: bool,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

impl ShownByVersion {
    /// Whether an address of this version is asked for.
    pub(crate) fn wants(&self, address: std::net::IpAddr) -> bool {
        self.ipv4 == self.ipv6 || self.ipv4 == address.is_ipv4()
    }
}
