//! Ways to keep what a visit finds.

use crate::{Coverage, Error, OwnedSocket, Query, Scanner, Socket};

impl Scanner {
    /// As [`collect`](Scanner::collect), into a list whose memory is used again: what it held
    /// before is dropped.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit); the list is empty then.
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

    /// What `keep` makes of each socket that `query` asks for, where it makes something.
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
