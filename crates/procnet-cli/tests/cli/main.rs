//! The command from outside: output, messages, exit codes.

mod captures;
mod counters;
mod decode;
mod details;
mod explain;
mod formats;
mod help;
mod hints;
mod interfaces;
mod mistyped;
mod more_counters;
mod network;
mod order;
mod packet_netlink;
mod partial;
mod privilege;
mod run;
mod schema;
mod sockets;
mod stream;
mod summary;
mod terminal;
mod top;
mod tree;
mod usage;
mod watch;
