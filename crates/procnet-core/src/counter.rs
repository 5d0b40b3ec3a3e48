//! Counter files, and [metadata of each counter](meaning).

pub mod conntrack;
pub mod dev;
pub mod meaning;
pub mod protocols;
pub mod snmp;
pub mod snmp6;
pub mod sockstat;
pub mod softnet;
