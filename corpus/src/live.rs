//! Scenes on the running kernel: sockets whose owners are known, because the test made them.
//!
//! A live test runs in its own network, mount and pid namespaces ([`private`]): it sees only the
//! sockets and processes it creates, touches nothing on the host, and leaves nothing behind,
//! since a pid namespace ends with its first process. Where such namespaces are not available,
//! the test is skipped with a message ([`skip`]).
//!
//! - [`HelperProcess`]: a process that holds the sockets it is given.
//! - [`Scene`]: one socket of every kind, owned in every possible way, and what is known of them.
//! - [`Mptcp`]: sockets that share an inode; [`SameAddresses`]: sockets with the same addresses.
//! - [`LoadGenerator`]: very many sockets in many processes; [`SteadySockets`]: among others that
//!   come and go.
//! - [`ss`]: what `ss -anp` prints for the same sockets.
//! - [`tracking`]: connections that the kernel tracks.
//! - [`ControlGroup`]: a control group that is removed at the end.
//! - [`Entry`]: the common form in which all of them are compared; [`assert_agrees`]: the
//!   comparison, with the single table of known differences.
//!
//! Processes are created by executing the running program again, with an environment variable
//! that selects what the new process does. [`private`] handles this for tests; any other program
//! that starts helper processes must call [`helper::run_if_helper`] first thing in `main`.

mod channel;
mod churn;
mod close;
mod control_group;
mod entry;
pub mod helper;
mod known;
mod load;
mod process;
pub mod raw;
mod sandbox;
mod scene;
pub mod ss;
mod steady;
pub mod tracking;

pub use self::{
    close::close_in_order,
    control_group::ControlGroup,
    entry::{Entry, Owner, differences, inode_of},
    helper::HelperProcess,
    known::assert_agrees,
    load::{LoadGenerator, Workload},
    process::{comm_of, run, state_of},
    sandbox::{Sandbox, namespaces, note, private, skip, skip_part},
    scene::{Mptcp, SameAddresses, Scene, Uncommon},
    steady::{Faults, SteadySockets},
};
