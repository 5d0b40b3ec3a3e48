//! Random tables: rows as kernels print them, and what becomes of them when bytes go wrong.

mod counter;
mod filter;
mod inet;
mod link_level;
mod mutate;
mod netlink;
mod network;
mod proc_tree;
mod text;

pub use counter::{protocols, snmp6, softnet};
pub use filter::{expression, sockets};
pub use inet::{host, inet, inet_record};
pub use link_level::{netlink_table, packet};
pub use mutate::mutated;
pub use netlink::netlink;
pub use network::network;
pub use proc_tree::case;
pub use text::{conntrack, dev, link, mountinfo, name, snmp, sockstat, stat, status, unix};
