//! Collecting the sockets of a visit.

use crate::{Coverage, Error, Kinds, OwnedSocket, Query, Scanner, Socket, visit::Answer};

/// The sockets of some kinds, with their owners.
///
/// Uses a new scanner of `$HOST_PROC`, by default `/proc`; for repeated calls, keep a scanner and
/// use [`Scanner::visit`] or [`Scanner::collect`].
///
/// ```
/// let answer = procnet::connections(procnet::Kinds::INET)?;
/// for socket in &answer.sockets {
///     let pids: Vec<u32> = socket.owners.iter().map(|owner| owner.pid).collect();
///     println!("{} {:?} {} {pids:?}", socket.kind, socket.local, socket.state);
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
///
/// # Errors
///
/// As for [`Scanner::visit`].
pub fn connections(kinds: impl Into<Kinds>) -> Result<Answer, Error> {
    Scanner::new()?.collect(&Query::new().kinds(kinds))
}

impl Scanner {
    /// As [`collect`](Scanner::collect), into a vector whose memory is reused. Its previous content
    /// is dropped.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit); the vector is then empty.
    pub fn collect_into(
        &mut self,
        query: &Query,
        sockets: &mut Vec<OwnedSocket>,
    ) -> Result<Coverage, Error> {
        sockets.clear();
        let coverage = self.visit(query, |socket| sockets.push(socket.to_owned()));
        if coverage.is_err() {
            sockets.clear();
        }
        coverage
    }

    /// The results of `keep` for the sockets that match `query`, without those that are `None`.
    ///
    /// ```
    /// use procnet::{Kinds, Query, Scanner};
    ///
    /// let query = Query::new().kinds(Kinds::TCP).listening().owners(false);
    /// let (addresses, coverage) = Scanner::new()?.collect_map(&query, |socket| socket.local())?;
    /// println!("{addresses:?}");
    /// eprint!("{coverage}");
    /// # Ok::<(), procnet::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit).
    pub fn collect_map<T>(
        &mut self,
        query: &Query,
        mut keep: impl FnMut(&Socket<'_>) -> Option<T>,
    ) -> Result<(Vec<T>, Coverage), Error> {
        let mut kept = Vec::new();
        let coverage = self.visit(query, |socket| kept.extend(keep(socket)))?;
        Ok((kept, coverage))
    }
}
