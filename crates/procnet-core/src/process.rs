//! What `/proc/PID` says of a process, as far as the join of sockets and owners, and
//! the search for network namespaces, need it.

pub mod link;
pub mod mountinfo;
pub mod stat;
pub mod status;
