//! sock_diag (`NETLINK_SOCK_DIAG`) and ctnetlink (`NETLINK_NETFILTER`): responses decoded in place,
//! and requests.
//!
//! The tables under `/proc/net` are text; sock_diag sends the same sockets as structures, several
//! times faster, with queue limits, memory and `tcp_info` that no table has. The caller owns the
//! netlink socket and makes the system calls; this module only encodes and decodes bytes.
//!
//! **Any input is accepted**, as a capture may be damaged or come from another kernel: an invalid
//! length is an [`Error`](crate::Error), never a panic, and nothing beyond the datagram is read.
//! The offset of an error is relative to the start of the datagram. Integers are in the byte order
//! of the host, which is an argument; addresses and ports are always in network order.
//!
//! - [`Messages`] of a datagram, and their [`Content`].
//! - [`inet`]: tcp, mptcp, sctp, dccp, udp, udplite and raw sockets over IPv4 and IPv6.
//! - [`unix`], [`packet`], [`vsock`], [`tipc`], [`xdp`] and [`smc`] sockets.
//! - Requests, written into a buffer of the caller: [`inet::Dump`], [`inet::CompatDump`],
//!   [`inet::Lookup`], [`inet::Destroy`], [`unix::Dump`], [`unix::Lookup`] and a `Dump` of each other
//!   family; [`States`] and [`inet::Bytecode`] filter
//!   dumps in the kernel.
//! - [`ctnetlink`]: tracked connections and statistics of connection tracking, and requests for them.
//! - [`Attributes`], for those without a decoder here.
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
pub mod ctnetlink;
pub mod inet;
mod memory;
mod message;
pub mod packet;
mod payload;
mod shutdown;
pub mod smc;
mod states;
pub mod tipc;
pub mod unix;
pub mod vsock;
mod writer;
pub mod xdp;

pub use self::{
    attribute::{Attribute, Attributes},
    memory::SocketMemory,
    message::{Content, Errno, Flags, Message, MessageType, Messages},
    payload::Payload,
    shutdown::Shutdown,
    states::States,
    writer::{Envelope, TooSmall},
};
