//! Sockets counted by what they have in common.

mod aggregator;
mod columns;
mod group;
mod holders;
mod service;
mod sums;

pub use self::{
    aggregator::Aggregator,
    service::{Service, Services, first_ephemeral_port},
};
