//! Tables of the network that are no sockets: who is near, where packets go, which addresses
//! and groups are joined, who takes packets, and which connections are tracked.
//!
//! Each file of the kernel is one module here, under its own name. All are a
//! [`Table`](crate::table::Table) whose rows borrow their line, and are read as one is:
//! [`rows`](crate::table::Table::rows) of a slice, or lines of a [`Window`](crate::Window).
//!
//! Addresses are printed in three ways: as words of the host's byte order (route, igmp), which
//! the table has to be told; as digits in network order (if_inet6, ipv6_route, igmp6); or as
//! text (arp, nf_conntrack). Names of interfaces may hold any byte but `/`, white space and
//! NUL, so they may look like anything: a `*`, a heading, a number.

mod address;
pub mod arp;
mod flags;
pub mod if_inet6;
pub mod igmp;
pub mod igmp6;
pub mod ipv6_route;
pub mod nf_conntrack;
pub mod ptype;
pub mod route;
pub mod wireless;
