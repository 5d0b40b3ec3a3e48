//! Sockets counted by what they have in common.

mod aggregator;
mod columns;
mod group;
mod holders;
mod sums;

pub use self::{aggregator::Aggregator, group::first_ephemeral_port};
