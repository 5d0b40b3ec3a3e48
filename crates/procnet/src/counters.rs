//! Counters of interfaces, protocols and connection tracking.

mod conntrack;
mod dev;
mod snmp;

pub use conntrack::{ConntrackStats, FilterCounters};
pub use dev::{Interface, IoCounters};
pub use snmp::{Protocol, ProtocolCounters};
