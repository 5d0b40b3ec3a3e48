//! The kernel's type information (BTF), read where it lies.
//!
//! `/sys/kernel/btf/vmlinux` describes every type of the running kernel in five megabytes. The
//! loader needs a few dozen of them, so the types are scanned once, and only those with a wanted name
//! are kept; where a member is gets looked up in the bytes themselves.
//!
//! **Any input is accepted.** Bytes that are not BTF, are truncated or refer to themselves in circles
//! yield an [`Error`], never a panic. [`Types::scan`] takes time linear in the input, and each lookup
//! a limited number of steps.
//!
//! The format is described in the kernel's `Documentation/bpf/btf.rst` and
//! `include/uapi/linux/btf.h`.
//!
//! ```no_run
//! use procnet_bpf::btf::Types;
//!
//! let bytes = std::fs::read("/sys/kernel/btf/vmlinux")?;
//! let types = Types::scan(&bytes, &["sock"])?;
//! let state = types.field("sock", "__sk_common.skc_state")?;
//! println!("the state of a socket is at byte {}", state.offset);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod reader;
mod resolve;
#[cfg(test)]
pub(crate) mod tests;
mod types;

pub use error::Error;
pub use resolve::Field;
pub use types::Types;
