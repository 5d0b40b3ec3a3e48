//! Files under `/proc/PID` that map sockets to their owners and lead to network namespaces.

pub mod fdinfo;
pub mod link;
pub mod mountinfo;
pub mod stat;
pub mod status;
