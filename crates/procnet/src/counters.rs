//! Counters of interfaces, protocols, CPUs and connection tracking.

mod conntrack;
mod dev;
mod protocols;
mod snmp;
mod snmp6;
mod sockstat;
mod softnet;

pub use conntrack::{ConntrackStats, FilterCounters};
pub use dev::{Interface, IoCounters};
pub use protocols::{Protocols, RegisteredProtocol};
pub use snmp::{Protocol, ProtocolCounters};
pub use snmp6::{InterfaceSnmp6, InterfacesSnmp6, Snmp6Counters};
pub use sockstat::SocketCounts;
pub use softnet::{SoftnetCpu, SoftnetStats};
