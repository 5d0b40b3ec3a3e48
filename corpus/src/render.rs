//! Tables as the kernel prints them: its format strings, for its versions, word sizes and
//! byte orders.
//!
//! What a function prints is a fact about the kernel's source file and function that it
//! names; the recorded captures hold it to that byte for byte for the kernel they come from.

pub mod conntrack;
pub mod dev;
mod host;
pub mod inet;
pub mod netlink;
pub mod netlink_table;
pub mod network;
pub mod packet;
pub mod process;
pub mod protocols;
pub mod snmp;
pub mod snmp6;
pub mod sockstat;
pub mod softnet;
pub mod unix;

pub use host::{Host, Kernel, Word};
