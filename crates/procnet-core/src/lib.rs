//! Decoders for the tables under Linux's `/proc/net`, and for what joins their rows to
//! processes: without the standard library, without allocation, without `unsafe`, and
//! without I/O.
//!
//! Every decoder works in place on bytes that the caller read, and hands out values that
//! borrow them. **Any bytes may be given**: malformed input is an [`Error`] that names the
//! column and the byte, never a panic, and the iteration goes on with the next line. Some
//! of the text can be chosen by any user of the host (the names of unix sockets); what that
//! means for each table is said in its module.
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
//! - [`Lines`] of a slice; [`Window`] for input that arrives in pieces.
//! - [`table`]: socket tables, a row per socket: [`table::inet`] (tcp, udp, udplite, raw,
//!   icmp, and their IPv6 twins), [`table::unix`], [`table::packet`], [`table::netlink`].
//! - [`counter`]: [`counter::dev`], [`counter::snmp`] (snmp and netstat), [`counter::snmp6`],
//!   [`counter::sockstat`], [`counter::softnet`], [`counter::protocols`],
//!   [`counter::conntrack`]; and [what they mean](counter::meaning).
//! - [`process`]: [`process::link`], [`process::status`], [`process::stat`],
//!   [`process::mountinfo`].
//! - [`netlink`]: socket diagnostics: messages, [`netlink::inet`] and
//!   [`netlink::unix`] sockets.
//! - [`network`]: neighbours, routes, addresses, multicast groups, takers of packets, wireless
//!   links and tracked connections: a module for each file, under its name.
//! - [`State`], [`Inode`], [`addr`], [`escape`]: the words they share.
//!
//! # Features
//!
//! - `serde`: [`State`], [`Inode`] and [`Uids`](process::status::Uids) implement `Serialize` and
//!   `Deserialize`. Off unless asked for; it allocates nothing either.

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
mod serial;
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

/// The code of the README, compiled by the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct ReadmeDoctests;
