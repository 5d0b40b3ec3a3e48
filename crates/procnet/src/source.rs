//! Where sockets come from.

mod ahead;
mod empty;
pub(crate) mod procfs;
pub(crate) mod seen;
mod suspect;
mod unix;
