//! The owners of a Linux host's sockets, by BPF iterators: one pass over the descriptors of all
//! processes, within the kernel, in place of a system call for each; and sockets that begin and end.
//!
//! The programs are compiled, and fitted to the running kernel by names of types and members, so
//! neither a compiler nor libbpf is needed at any time. Everything is kept by descriptors: nothing is
//! pinned, and nothing stays behind.
//!
//! ```no_run
//! use procnet_bpf::{Buffer, Owners};
//!
//! let owners = match Owners::load() {
//!     Ok(owners) => owners,
//!     Err(refusal) => {
//!         eprintln!("{refusal}: {}", refusal.help());
//!         return Ok(());
//!     }
//! };
//! // From here on, no capabilities are needed (before Linux 5.19: `CAP_BPF`).
//! let mut buffer = Buffer::new();
//! owners.pass(&mut buffer, |owner| {
//!     println!("socket {} is descriptor {} of {}", owner.inode, owner.fd, owner.pid);
//! })?;
//! # Ok::<(), procnet_bpf::Error>(())
//! ```
//!
//! # Map
//!
//! - [`Owners`]: a pass reports an [`Owner`] for each descriptor, read into a [`Buffer`].
//! - [`Rows`]: a pass reports a [`Row`] for each, with what sock_diag reports of the socket, too;
//!   [`RowFilter`] says which.
//! - [`Events`]: a [`SocketEvent`] for each TCP socket that begins or ends, while the program is loaded;
//!   [`EventOptions`] say which.
//! - [`Loader`]: loads programs that share what they need to know of the kernel; [`Refusal`]: why not.
//! - [`socket_storage`]: a map that keeps values with sockets, by its ID.
//! - [`Error`]: why a pass ended early.
//! - [`btf`]: the reader of the kernel's type information.
//!
//! It needs Linux 5.10 or later on a 64-bit little-endian machine, built with type information
//! (`CONFIG_DEBUG_INFO_BTF`), and `CAP_BPF` with `CAP_PERFMON`, or `CAP_SYS_ADMIN`.

#![cfg(target_os = "linux")]
#![deny(missing_docs, unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod btf;
mod events;
mod link;
mod loader;
mod owners;
mod pass;
mod probe;
mod program;
mod record;
mod refusal;
mod relocate;
mod rows;
mod storage;
mod sys;

pub use events::{EventOptions, Events, Received};
pub use loader::Loader;
pub use owners::Owners;
pub use pass::{Buffer, Error};
pub use record::{
    Addresses, Change, Direction, EventOwner, Evidence, MalformedEvent, MalformedRow, OtherFile,
    Owner, Row, RowFilter, SocketEvent, Traffic,
};
pub use refusal::Refusal;
pub use rows::Rows;
pub use storage::socket_storage;
