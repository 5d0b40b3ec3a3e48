//! Scenes on the running kernel: sockets whose owners are known because they were made here.
//!
//! A live test runs in a network, a mount and a pid namespace of its own ([`private`]): it
//! sees no socket and no process but those that it makes, touches nothing of the host, and
//! leaves nothing behind, since a pid namespace ends with its first process. Where that is
//! not possible the test is skipped and says so ([`skip`]).
//!
//! - [`Actor`]: a process that holds the sockets it is given.
//! - [`Scene`]: one of every kind of socket and of every way to own one, and what is known of them.
//! - [`Farm`]: very many sockets in many processes.
//! - [`ss`]: what `ss -anp` says of the same sockets.
//! - [`Entry`]: what all of them are compared as; [`assert_agrees`]: the comparison, with
//!   the one table of known differences.
//!
//! Processes are made by executing the running program again, which is told by an
//! environment variable what to be. In a test [`private`] takes care of that; any other
//! program that starts actors calls [`actor::become_one`] first of all.

pub mod actor;
mod channel;
mod churn;
mod entry;
mod farm;
mod known;
mod namespace;
mod process;
pub mod raw;
mod scene;
pub mod ss;

pub use self::{
    actor::Actor,
    entry::{Entry, Owner, differences, inode_of},
    farm::{Crop, Farm},
    known::assert_agrees,
    namespace::{Stage, namespaces, note, private, skip, skip_part},
    process::{comm_of, run, state_of},
    scene::{Scene, Uncommon},
};
