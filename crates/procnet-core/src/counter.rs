//! Files of counters, and [what they mean](meaning).

pub mod conntrack;
pub mod dev;
pub mod meaning;
pub mod snmp;
pub mod sockstat;
