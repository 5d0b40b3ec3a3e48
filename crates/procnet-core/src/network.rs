//! Network tables other than sockets: neighbours, routes, addresses, multicast groups, packet
//! handlers, wireless links and tracked connections.
//!
//! Each file has one module, named after it. Each is a [`Table`](crate::table::Table) whose rows
//! borrow their line: iterate over the [`rows`](crate::table::Table::rows) of a slice, or over
//! the lines of a [`Window`](crate::Window).
//!
//! Addresses are printed in three forms: as words in the byte order of the host (route, igmp),
//! which is a field of the table; as digits in network order (if_inet6, ipv6_route, igmp6); or as
//! text (arp, nf_conntrack). Interface names may contain any byte except `/`, white space and
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
