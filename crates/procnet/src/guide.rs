//! A guide in chapters that build on each other, and one page each for users of other tools.
//!
//! 1. [A first list](first_list): sockets, owners and coverage.
//! 2. [An agent's loop](agents_loop): one scanner, many refreshes, and what changed between them.
//! 3. [Budgets and partial answers](budgets): what an answer costs, and what it lacks.
//! 4. [Namespaces and containers](namespaces): other networks, and the `/proc` of another host.
//! 5. [Counters and rates](counters): interfaces and protocols, and how fast their counters grow.
//! 6. [Short-lived sockets](events): those that begin and end between two visits.
//! 7. [Async services](async_services): `spawn_blocking`, one scanner per worker, and what is `Send`.
//! 8. [Without the standard library](without_std): the decoders alone.
//!
//! For users of [psutil](from_psutil), [gopsutil](from_gopsutil), [`ss`](from_ss) and
//! [the `procfs` crate](from_procfs), there is a table of the corresponding functions and a list of
//! the differences in the results.
//!
//! The tests compile and run all code on these pages. The folder `examples` of the crate has a
//! program for each chapter, and some more.
//!
//! These modules exist in the documentation only; they are not part of the compiled crate.

#[doc = include_str!("guide/first_list.md")]
pub mod first_list {}

#[doc = include_str!("guide/agents_loop.md")]
pub mod agents_loop {}

#[doc = include_str!("guide/budgets.md")]
pub mod budgets {}

#[doc = include_str!("guide/namespaces.md")]
pub mod namespaces {}

#[doc = include_str!("guide/counters.md")]
pub mod counters {}

#[doc = include_str!("guide/events.md")]
pub mod events {}

#[doc = include_str!("guide/async_services.md")]
pub mod async_services {}

#[doc = include_str!("guide/without_std.md")]
pub mod without_std {}

#[doc = include_str!("guide/from_psutil.md")]
pub mod from_psutil {}

#[doc = include_str!("guide/from_gopsutil.md")]
pub mod from_gopsutil {}

#[doc = include_str!("guide/from_ss.md")]
pub mod from_ss {}

#[doc = include_str!("guide/from_procfs.md")]
pub mod from_procfs {}
