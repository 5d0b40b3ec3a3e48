//! Tracked connections.

use std::{
    ops::{ControlFlow, Deref},
    time::{Duration, SystemTime},
};

use procnet_core::{
    netlink::ctnetlink::{Connection, Request},
    network::nf_conntrack::{self, Row},
};

use super::TableCoverage;
use crate::{
    Error, Scanner, Source,
    conntrack::{ConntrackQuery, Rest},
    coverage::Fallback,
    netns::NetnsHandle,
    visit::VisitResult,
};

/// The table under /proc/net.
pub(crate) const TABLE: &str = "nf_conntrack";

/// Takes each connection, and decides whether to go on.
type Visit<'v> = dyn FnMut(Row<'_>) -> ControlFlow<()> + 'v;

/// A tracked connection during a visit: the row as [`core`](crate::decode) decodes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked<'a>(
    /// The decoded row.
    pub nf_conntrack::Row<'a>,
);

impl<'a> Deref for Tracked<'a> {
    type Target = nf_conntrack::Row<'a>;

    fn deref(&self) -> &nf_conntrack::Row<'a> {
        &self.0
    }
}

impl Scanner {
    /// Passes every tracked connection to `visitor` as it is decoded, and keeps none of them.
    ///
    /// They come from ctnetlink, or where that does not answer, from `net/nf_conntrack`, which many
    /// distributions build their kernel without; [`TableCoverage::source`] says from which. The
    /// records are the same, but for a few members that only one of the two has: see "Connection
    /// tracking" in `docs/sources.md`.
    ///
    /// The visitor may stop early: see [`VisitResult`]. The kernel returns the table in pieces, so an
    /// entry that appears or disappears meanwhile may be missing or repeated.
    ///
    /// ```
    /// use procnet::{ErrorKind, Scanner};
    ///
    /// let mut unreplied = 0;
    /// match Scanner::new()?.tracked(|connection| unreplied += u64::from(connection.unreplied)) {
    ///     Ok(coverage) => println!("{unreplied} of {} without a reply", coverage.rows),
    ///     Err(error) if error.kind() == ErrorKind::ConntrackNotLoaded => {}
    ///     Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok::<(), procnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ConntrackNotLoaded`](crate::ErrorKind::ConntrackNotLoaded);
    /// [`ErrorKind::PermissionDenied`](crate::ErrorKind::PermissionDenied), as ctnetlink takes
    /// `CAP_NET_ADMIN`, and only root of the network namespace may read the file;
    /// [`ErrorKind::Absent`](crate::ErrorKind::Absent) if the kernel has neither; or that the file
    /// cannot be read. [`Error::refusal`] is why ctnetlink did not answer, if there is no file. A row
    /// that does not decode is counted in the coverage.
    pub fn tracked<F, R>(&mut self, visitor: F) -> Result<R::Output<TableCoverage>, Error>
    where
        F: FnMut(&Tracked<'_>) -> R,
        R: VisitResult,
    {
        self.tracked_of(&ConntrackQuery::new(), visitor)
    }

    /// The same in another network namespace, or from one source.
    ///
    /// ```
    /// use procnet::{Netns, Scanner, conntrack::ConntrackQuery};
    ///
    /// let query = ConntrackQuery::new().netns(Netns::Pid(std::process::id()));
    /// match Scanner::new()?.tracked_of(&query, |connection| println!("{:?}", connection.original)) {
    ///     Ok(coverage) => eprint!("{coverage}"),
    ///     Err(error) => eprintln!("{error}"),
    /// }
    /// # Ok::<(), procnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`tracked`](Scanner::tracked); with only ctnetlink,
    /// [`ErrorKind::NoNetlink`](crate::ErrorKind::NoNetlink) if the kernel does not have it. If the
    /// network namespace cannot be found, or the query contradicts itself
    /// ([`ErrorKind::InvalidQuery`](crate::ErrorKind::InvalidQuery)).
    pub fn tracked_of<F, R>(
        &mut self,
        query: &ConntrackQuery,
        mut visitor: F,
    ) -> Result<R::Output<TableCoverage>, Error>
    where
        F: FnMut(&Tracked<'_>) -> R,
        R: VisitResult,
    {
        let mut stopped = None;
        let mut visit = |row: Row<'_>| {
            visitor(&Tracked(row)).into_flow().map_break(|value| stopped = Some(value))
        };
        let coverage = self.first_source(
            query,
            &mut visit as &mut Visit<'_>,
            |scanner, netns, visit| scanner.tracked_by_netlink(netns, visit),
            |scanner, netns, fallback, visit| scanner.tracked_by_procfs(netns, fallback, visit),
        )?;
        Ok(R::output(coverage, stopped))
    }

    fn tracked_by_netlink(
        &mut self,
        netns: &NetnsHandle,
        visit: &mut Visit<'_>,
    ) -> Result<TableCoverage, Fallback> {
        let mut coverage =
            TableCoverage { source: Some(Source::Netlink), ..TableCoverage::default() };
        let mut number = 0;
        let Scanner { root, conntrack, .. } = self;
        let rest = conntrack.ask(root, netns, Request::Connections, |payload| {
            let connection = Connection::decode(payload);
            number += 1;
            coverage.count(TABLE, number, connection.as_ref().err());
            match connection {
                Ok(connection) => visit(row(connection)),
                Err(_) => ControlFlow::Continue(()),
            }
        })?;
        let Rest { failure, is_interrupted, foreign } = rest;
        coverage.unreadable.extend(failure.map(|failure| (TABLE, failure)));
        (coverage.interrupted, coverage.foreign) = (is_interrupted, foreign);
        Ok(coverage)
    }

    fn tracked_by_procfs(
        &mut self,
        netns: &NetnsHandle,
        fallback: Option<Fallback>,
        visit: &mut Visit<'_>,
    ) -> Result<TableCoverage, Error> {
        let source = Some(Source::Procfs);
        let mut coverage = TableCoverage { source, fallback, ..TableCoverage::default() };
        self.table_in(netns, TABLE, &nf_conntrack::Table, &mut coverage, |row| match row {
            Ok(row) => visit(row),
            Err(_) => ControlFlow::Continue(()),
        })?;
        Ok(coverage)
    }
}

/// The row of a connection, with its age by the clock that the kernel took its start from
/// (net/netfilter/nf_conntrack_standalone.c `ct_show_delta_time`).
fn row(Connection { row, started, .. }: Connection<'_>) -> Row<'_> {
    let age = |started: u64| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        now.saturating_sub(Duration::from_nanos(started)).as_secs()
    };
    Row { delta_time: started.map(age), ..row }
}

/// Passes every tracked connection to `visitor` as its row is decoded.
///
/// Uses a new scanner of `$HOST_PROC`, by default `/proc`; for repeated calls, keep a scanner and
/// use [`Scanner::tracked`].
///
/// # Errors
///
/// As for [`Scanner::tracked`].
pub fn tracked<F, R>(visitor: F) -> Result<R::Output<TableCoverage>, Error>
where
    F: FnMut(&Tracked<'_>) -> R,
    R: VisitResult,
{
    Scanner::new()?.tracked(visitor)
}
