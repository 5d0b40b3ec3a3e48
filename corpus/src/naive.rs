//! Slow, obvious decoders on `Vec` and `str`: the other opinion that the fast ones are held
//! against.
//!
//! They share no code with procnet-core, and prefer the shortest statement of what a table
//! means over everything else: each line is cut into owned columns first, each column is
//! parsed by the standard library. `None` stands for "does not decode"; which error that is
//! belongs to the fast decoders and is pinned by the files in `malformed/`. Core's public
//! types appear only as names for things (a table, an address, a record to compare).

pub mod conntrack;
pub mod dev;
pub mod escape;
pub mod filter;
pub mod inet;
pub mod join;
pub mod lines;
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
pub mod text;
pub mod unix;
