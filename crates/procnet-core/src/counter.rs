//! Files of counters.

pub mod conntrack;
pub mod dev;
pub mod snmp;
pub mod sockstat;
