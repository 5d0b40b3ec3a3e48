//! What `/proc/PID` says of a process, as far as the join of sockets and owners needs it.

pub mod link;
pub mod stat;
pub mod status;
