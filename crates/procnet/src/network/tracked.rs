//! Tracked connections.

use std::ops::{ControlFlow, Deref};

use procnet_core::network::nf_conntrack;

use super::TableCoverage;
use crate::{Error, ErrorKind, Scanner, visit::VisitResult};

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
    /// Passes every tracked connection to `visitor` as its row is decoded, and keeps none of them.
    ///
    /// The visitor may stop early: see [`VisitResult`]. The kernel returns the
    /// table in pieces, so an entry that appears or disappears meanwhile may be missing or
    /// repeated.
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
    /// [`ErrorKind::ConntrackNotLoaded`]; [`ErrorKind::PermissionDenied`], as only root of the
    /// network namespace may read the table; or that it cannot be read. A row that does not decode
    /// is counted in the coverage.
    pub fn tracked<F, R>(&mut self, mut visitor: F) -> Result<R::Output<TableCoverage>, Error>
    where
        F: FnMut(&Tracked<'_>) -> R,
        R: VisitResult,
    {
        let (mut coverage, mut stopped) = (TableCoverage::default(), None);
        let read = self.table("nf_conntrack", &nf_conntrack::Table, &mut coverage, |row| {
            let Ok(row) = row else { return ControlFlow::Continue(()) };
            visitor(&Tracked(row)).into_flow().map_break(|value| stopped = Some(value))
        });
        match read {
            Ok(()) => Ok(R::output(coverage, stopped)),
            Err(error) if error.is_not_found() => {
                Err(error.with_kind(ErrorKind::ConntrackNotLoaded))
            }
            Err(error) => Err(error),
        }
    }
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
