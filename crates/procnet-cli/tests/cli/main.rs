//! The command as people and programs run it: its output, its errors, its exit codes.

mod addressless;
mod counters;
mod decode;
mod details;
mod explain;
mod formats;
mod more_counters;
mod network;
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
