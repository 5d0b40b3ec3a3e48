//! Socket diagnostics: what `NETLINK_SOCK_DIAG` answers, decoded in place, and what it is
//! asked.
//!
//! The kernel prints the tables under `/proc/net` for people; here it sends the same
//! sockets as structures, several times faster, with queue limits, memory and
//! `tcp_info` that no table has. The socket and its system calls are the caller's; this
//! module only knows the bytes.
//!
//! **Any bytes may be given**, as a capture may be damaged or come from another kernel:
//! lengths that lie are an [`Error`](crate::Error), never a panic, and never reach beyond
//! the datagram. An error's offset counts from the datagram's first byte. Integers are in
//! the byte order of the host, which is an argument; addresses and ports are in network
//! order everywhere.
//!
//! - [`Messages`] of a datagram, and what each is: [`Content`].
//! - [`inet`]: tcp, udp, udplite and raw sockets, of IPv4 and IPv6.
//! - [`unix`]: unix sockets.
//! - Requests are written into a buffer of the caller: [`inet::Dump`], [`inet::CompatDump`],
//!   [`inet::Lookup`], [`unix::Dump`],
//!   [`unix::Lookup`], with [`States`] and an [`inet::Bytecode`] that filter.
//! - [`Attributes`], for what has no decoder here.
//!
//! ```
//! use procnet_core::{ByteOrder, netlink::{Content, Messages, inet}};
//!
//! fn listeners(datagram: &[u8]) -> Result<usize, procnet_core::Error> {
//!     let mut count = 0;
//!     for message in Messages::new(datagram, ByteOrder::NATIVE) {
//!         if let Content::Data(payload) = message?.content()? {
//!             let socket = inet::Socket::decode(payload)?;
//!             count += usize::from(socket.state == procnet_core::State::LISTEN);
//!         }
//!     }
//!     Ok(count)
//! }
//! assert_eq!(listeners(b""), Ok(0));
//! assert!(listeners(b"\x48\0\0").is_err());
//! ```

mod attribute;
pub mod inet;
mod memory;
mod message;
mod payload;
mod shutdown;
mod states;
pub mod unix;
mod writer;

pub use self::{
    attribute::{Attribute, Attributes},
    memory::SocketMemory,
    message::{Content, Errno, Flags, Message, MessageType, Messages},
    payload::Payload,
    shutdown::Shutdown,
    states::States,
    writer::{Envelope, TooSmall},
};
