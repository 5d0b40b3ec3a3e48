//! The command from outside: output, messages, exit codes.

mod captures;
mod counters;
mod decode;
mod details;
mod explain;
mod formats;
mod hints;
mod more_counters;
mod network;
mod packet_netlink;
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
