//! Decoders for the tables under Linux's `/proc/net`, for sock_diag messages, and for the
//! `/proc/PID` files that map sockets to processes: `no_std`, no allocation, no `unsafe`, no I/O.
//!
//! Every decoder works in place on bytes that the caller has read and returns values that
//! borrow them. **Any input is accepted**: malformed input yields an [`Error`] that names the
//! column and the byte, never a panic, and the iteration continues with the next line. Any user
//! of the host can choose some of the text (the names of unix sockets); each module documents
//! what that means for its table.
//!
//! ```
//! use procnet_core::{ByteOrder, table::inet};
//!
//! let table = b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//!    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 42 1 0000000000000000 100 0 0 10 0
//! ";
//! for row in inet::Table::tcp4(ByteOrder::Little).rows(table) {
//!     let row = row?;
//!     assert_eq!(row.local()?.to_string(), "127.0.0.1:8080");
//!     assert_eq!(row.state()?.to_string(), "LISTEN");
//!     assert_eq!(row.inode()?.unwrap().get(), 42);
//! }
//! # Ok::<(), procnet_core::Error>(())
//! ```
//!
//! # Map
//!
//! - [`Lines`] of a slice; [`Window`] for input that arrives in chunks.
//! - [`table`]: socket tables, one row per socket: [`table::inet`] (tcp, udp, udplite, raw,
//!   icmp, and their IPv6 counterparts), [`table::unix`], [`table::packet`], [`table::netlink`].
//! - [`counter`]: [`counter::dev`], [`counter::snmp`] (snmp and netstat), [`counter::snmp6`],
//!   [`counter::sockstat`], [`counter::softnet`], [`counter::protocols`],
//!   [`counter::conntrack`]; and [metadata of each counter](counter::meaning).
//! - [`process`]: [`process::link`], [`process::status`], [`process::stat`],
//!   [`process::mountinfo`].
//! - [`netlink`]: sock_diag messages, [`netlink::inet`] and [`netlink::unix`] sockets.
//! - [`network`]: neighbours, routes, addresses, multicast groups, packet handlers, wireless
//!   links and tracked connections: one module per file, named after it.
//! - [`capture`]: tables as people send them, made exact again.
//! - [`State`], [`Inode`], [`addr`], [`escape`]: shared types and encodings.
//!
//! # Features
//!
//! - `serde`: [`State`], [`Inode`] and [`Uids`](process::status::Uids) implement `Serialize` and
//!   `Deserialize`, without allocation. Off by default.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

#[cfg(test)]
extern crate std;

pub mod addr;
pub mod capture;
pub mod counter;
mod error;
pub mod escape;
mod field;
mod inode;
mod line;
pub mod netlink;
pub mod network;
mod number;
mod order;
pub mod process;
#[cfg(feature = "serde")]
mod serde_impls;
mod state;
pub mod table;
mod window;
mod word;

pub use crate::{
    error::{Column, Error, ErrorKind},
    inode::Inode,
    line::Lines,
    order::ByteOrder,
    state::{State, UnknownState},
    window::{Step, Window},
};

/// Compiles the README's example as a doctest.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct ReadmeDoctests;
