//! Where sockets come from.

mod ahead;
pub(crate) mod procfs;
pub(crate) mod seen;
mod suspect;
mod unix;
