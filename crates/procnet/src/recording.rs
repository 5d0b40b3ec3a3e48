//! Recordings of sock_diag: the answers of the kernel as they were received.

use std::{io::Write, path::Path};

use crate::{Coverage, Error, Query, Scanner, Socket, Source, source::Recording};

impl Scanner {
    /// Visits sockets as [`visit`](Scanner::visit) does, from sock_diag, and writes the kernel's answers to
    /// `out` as they are received: what `ss -D` writes, and what `TCPDIAG_FILE` has `ss` read.
    ///
    /// A recording consists of the netlink messages of each dump, one after the other: those of sockets, and
    /// `NLMSG_DONE`. They have the byte order of this host, and do not say which protocol was asked for.
    /// It has all that the kernel answered, also messages that do not decode, and sockets that the kernel
    /// could not leave out for the query's filter. A table that is [read again](Coverage::long_buckets) is
    /// recorded once.
    ///
    /// [`SocketRow::decode_diag`](crate::socket::SocketRow::decode_diag) decodes a message; as
    /// `net/sock_diag/KIND` below a root, a recording of one dump can be visited: [`Source::Recorded`].
    ///
    /// ```
    /// use procnet::{Kinds, Query, Scanner};
    ///
    /// let query = Query::new().kinds(Kinds::TCP).owners(false);
    /// let mut path = std::env::temp_dir();
    /// path.push(format!("sock_diag-{}", std::process::id()));
    /// let file = std::fs::File::create(&path)?;
    /// let coverage = Scanner::new()?.record(&query, &path, file, |_socket| ())?;
    /// println!("{} sockets in {} bytes", coverage.sockets, std::fs::metadata(&path)?.len());
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit) with [`Source::Netlink`], and
    /// [`ErrorKind::CannotWrite`](crate::ErrorKind::CannotWrite), with `path`, which is used for that only.
    pub fn record(
        &mut self,
        query: &Query,
        path: &Path,
        out: impl Write + Send + 'static,
        visitor: impl FnMut(&Socket<'_>),
    ) -> Result<Coverage, Error> {
        let recording = Recording::to(Box::new(out));
        self.sources.client.lock().recording = Some(recording.clone());
        let visited = self.visit(&query.clone().source(Source::Netlink), visitor);
        self.sources.client.lock().recording = None;
        let coverage = visited?;
        recording.finish().map_err(|error| Error::cannot_write(path, error))?;
        Ok(coverage)
    }
}
