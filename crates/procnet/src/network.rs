//! The network beside its sockets: neighbours, routes, addresses, groups, takers of packets,
//! wireless links and tracked connections.
//!
//! Each question reads its tables as they are asked; small ones are kept as a [`Listing`],
//! tracked connections are visited, as there may be a million.

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
pub use tracked::Tracked;
pub use wireless::WirelessLink;

use std::ops::ControlFlow;

use procnet_core::{Error as DecodeError, table::Table};
use rustix::io::Errno;

use crate::{
    Error, Scanner,
    coverage::Failure,
    file::{self, Ending, TableFile},
};

/// As much of a table is read at a time: more than the kernel gives at once, and more than the
/// longest line of any.
const BUFFER: usize = 64 << 10;

impl Scanner {
    /// The rows of one table, to keep.
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

    /// Hands over each row of a table of the host, or why it is none, and counts them.
    ///
    /// What was read before reading failed stands; that it did is in the coverage.
    fn table<T: Table>(
        &mut self,
        name: &'static str,
        table: &T,
        coverage: &mut TableCoverage,
        mut each: impl FnMut(Result<T::Row<'_>, DecodeError>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let net = self.root().host_net()?;
        let path = file::path(format_args!("{}/{name}", String::from_utf8_lossy(&net)));
        let mut buffer = std::mem::take(&mut self.text);
        buffer.resize(BUFFER.max(buffer.len()), 0);
        let mut read = false;
        let done = file::open(self.root().dir(), &path).and_then(|file| {
            let mut file = TableFile::new(file, Ending::EmptyRead);
            let next = |space: &mut [u8]| {
                let count = file.read(space)?;
                read = true;
                Ok(count)
            };
            file::for_each_row(&mut buffer, table, next, |line, row| {
                coverage.count(name, line, row.as_ref().err());
                each(row)
            })
        });
        self.text = buffer;
        match done {
            Ok(_) => Ok(()),
            Err(errno) if read => {
                coverage.unreadable.push((name, Failure::new(errno)));
                Ok(())
            }
            Err(errno) => Err(Error::io(self.root().path_of(&path), errno)),
        }
    }

    /// The same of a table that a host without IPv6 has not.
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
            // What the other table gave stands.
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
    /// The kernel's number of the failure, if it is one of the kernel's.
    fn errno(&self) -> Option<Errno> {
        let cause = std::error::Error::source(self)?.downcast_ref::<std::io::Error>()?;
        Errno::from_io_error(cause)
    }
}
