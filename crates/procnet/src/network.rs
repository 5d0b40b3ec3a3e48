//! The host's network besides its sockets: neighbours, routes, addresses, multicast groups, packet
//! handlers, wireless links and tracked connections.
//!
//! Each function here is also a method of [`Scanner`]. Small tables are returned as a [`Listing`];
//! [tracked connections](tracked()) are visited, as there may be a million of them.

mod address;
mod group;
mod listing;
mod neighbour;
mod packet_handler;
mod route;
mod tracked;
mod wireless;

pub use address::InterfaceAddress;
pub use group::{GroupDevice, GroupMembership};
pub use listing::{BadLine, Listing, TableCoverage};
pub use neighbour::Neighbour;
pub use packet_handler::PacketHandler;
pub use route::Route;
pub(crate) use tracked::TABLE as TRACKED;
pub use tracked::{Tracked, tracked};
pub use wireless::WirelessLink;

use std::ops::ControlFlow;

use procnet_core::{
    Error as DecodeError,
    capture::{Layout, Remarks, Repair},
    network::{arp, if_inet6, ptype, wireless as wireless_table},
    table::Table,
};
use rustix::io::Errno;

use crate::{
    Error, Scanner,
    capture::Opened,
    coverage::Failure,
    file::{self, Ending, TableFile},
    netns::NetnsHandle,
    tables::tables,
};

tables! {
    /// The IPv4 neighbours: those whose hardware address is known, being resolved or configured.
    ///
    /// /proc has no table of IPv6 neighbours.
    ///
    /// # Errors
    ///
    /// If `net/arp` cannot be read.
    neighbours() -> Listing<Neighbour> = list("arp", &arp::Table) from "arp";

    /// The routes of IPv4 and IPv6.
    ///
    /// The IPv4 routes of the main table come first, then the IPv6 routes of every table, including
    /// local and multicast routes. For a multipath IPv4 route the kernel prints only the first next
    /// hop.
    ///
    /// # Errors
    ///
    /// If `net/route` cannot be read. IPv6 routes that could not be read are in the coverage.
    routes() -> Listing<Route> = list_routes() from "route", "ipv6_route";

    /// The IPv6 addresses of interfaces.
    ///
    /// /proc has no table of IPv4 addresses.
    ///
    /// # Errors
    ///
    /// If `net/if_inet6` cannot be read, as on a host without IPv6.
    addresses() -> Listing<InterfaceAddress> = list("if_inet6", &if_inet6::Table) from "if_inet6";

    /// The multicast groups the host has joined, those of IPv4 first.
    ///
    /// # Errors
    ///
    /// If `net/igmp` cannot be read. IPv6 groups that could not be read are in the coverage.
    multicast_groups() -> Listing<GroupMembership> = list_multicast_groups() from "igmp", "igmp6";

    /// The kernel functions that receive packets.
    ///
    /// There is a `packet_rcv` for each packet socket that receives every protocol, and a function
    /// for each protocol.
    ///
    /// # Errors
    ///
    /// If `net/ptype` cannot be read.
    packet_handlers() -> Listing<PacketHandler> = list("ptype", &ptype::Table) from "ptype";

    /// The wireless interfaces and their link quality.
    ///
    /// Reading the table clears its `updated` marks for other readers.
    ///
    /// # Errors
    ///
    /// If `net/wireless` cannot be read: many kernels are built without it.
    wireless_links() -> Listing<WirelessLink>
        = list("wireless", &wireless_table::Table) from "wireless";
}

/// The size of a read: more than the kernel returns at once, and more than the longest line of any
/// table.
const BUFFER: usize = 64 << 10;

/// How the tables above are read.
impl Scanner {
    /// Collects the rows of one table.
    fn list<T, R>(&mut self, name: &'static str, table: &T) -> Result<Listing<R>, Error>
    where
        T: Table,
        R: for<'a> From<T::Row<'a>>,
    {
        let mut listing = Listing::default();
        self.table(name, table, &mut listing.coverage, |row| {
            listing.rows.extend(row.map(R::from).ok());
            ControlFlow::Continue(())
        })?;
        Ok(listing)
    }

    /// Passes each row of one of the host's tables to `each`, decoded or as an error, and counts
    /// them.
    ///
    /// If a read after the first fails, the rows before it are kept, and the coverage contains the
    /// failure.
    fn table<T: Table>(
        &mut self,
        name: &'static str,
        table: &T,
        coverage: &mut TableCoverage,
        each: impl FnMut(Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let net = self.root().host_net()?;
        let path = file::path(format_args!("{}/{name}", String::from_utf8_lossy(&net)));
        let opened = self.root().open(&path);
        let done = self.opened(opened, name, table, coverage, each);
        done.map_err(|errno| self.root().error(&path, errno))
    }

    /// The same for a table of one of the network namespaces.
    fn table_in<T: Table>(
        &mut self,
        netns: &NetnsHandle,
        name: &'static str,
        table: &T,
        coverage: &mut TableCoverage,
        each: impl FnMut(Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let opened = netns.open(self.root(), name);
        let done = self.opened(opened, name, table, coverage, each);
        done.map_err(|errno| netns.error(self.root(), name, errno))
    }

    /// The same for an open file; an error means that nothing was read.
    fn opened<T: Table>(
        &mut self,
        opened: Result<Opened, Errno>,
        name: &'static str,
        table: &T,
        coverage: &mut TableCoverage,
        mut each: impl FnMut(Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
    ) -> Result<(), Errno> {
        let mut buffer = std::mem::take(&mut self.text);
        buffer.resize(BUFFER.max(buffer.len()), 0);
        let (mut read, mut bytes) = (false, 0);
        let layout = Layout::of(name);
        let mut repair = layout.filter(|_| self.root().is_capture()).map(Repair::new);
        let mut compressed = false;
        let done = opened.and_then(|opened| {
            compressed = opened.compressed;
            let mut file = TableFile::new(opened, Ending::EmptyRead);
            let next = |space: &mut [u8]| {
                let count = file.read(space)?;
                read = true;
                bytes += count;
                Ok(count)
            };
            file::for_each_row(&mut buffer, table, &mut repair, next, |line, row| {
                coverage.count(name, line, row.as_ref().err());
                each(row)
            })
        });
        self.text = buffer;
        if let Ok(ControlFlow::Continue(())) = done {
            let mut remarks = repair.map_or_else(Remarks::default, |repair| repair.remarks());
            remarks.compressed = compressed;
            remarks.empty |= bytes == 0 && layout.is_some_and(|layout| !layout.may_be_empty());
            coverage.remark(name, remarks);
        }
        match done {
            Ok(_) => Ok(()),
            Err(errno) if read => {
                coverage.unreadable.push((name, Failure::new(errno)));
                Ok(())
            }
            Err(errno) => Err(errno),
        }
    }

    /// Like `table`, for a table that a host without IPv6 does not have.
    fn table6<T: Table>(
        &mut self,
        name: &'static str,
        table: &T,
        coverage: &mut TableCoverage,
        each: impl FnMut(Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        match self.table(name, table, coverage, each) {
            Err(error) if error.is_not_found() => {
                coverage.absent.push(name);
                Ok(())
            }
            // The rows of the IPv4 table are kept.
            Err(error) => match error.errno() {
                Some(errno) => {
                    coverage.unreadable.push((name, Failure::new(errno)));
                    Ok(())
                }
                None => Err(error),
            },
            Ok(()) => Ok(()),
        }
    }
}

impl Error {
    /// The error number, if the kernel returned the error.
    fn errno(&self) -> Option<Errno> {
        let cause = std::error::Error::source(self)?.downcast_ref::<std::io::Error>()?;
        Errno::from_io_error(cause)
    }
}
