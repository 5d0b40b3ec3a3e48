//! Where sockets come from.

pub(crate) mod procfs;
pub(crate) mod seen;
