//! A guide, in chapters that are read in order, and a page for each tool that one may come from.
//!
//! 1. [A first list](first_list): what a socket, an owner and a coverage are.
//! 2. [An agent's loop](agents_loop): one scanner, asked again and again; what changed meanwhile.
//! 3. [Budgets and partial sight](budgets): how much it may cost, and what could not be seen.
//! 4. [Namespaces and containers](namespaces): other networks, and other hosts' `/proc`.
//! 5. [Counters and rates](counters): interfaces, protocols, and how fast they go.
//! 6. [Without the standard library](without_std): the decoders alone.
//!
//! Coming from [psutil](from_psutil), [gopsutil](from_gopsutil), [`ss`](from_ss) or
//! [the `procfs` crate](from_procfs): function by function, and what differs in the results.
//!
//! All code here is compiled and run by the tests. There is a program for each chapter, and some
//! more, in the folder `examples`.
//!
//! These modules are there for the documentation only: a program that uses the crate has none.

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
