//! The source that is always there: the tables under `/proc/net`.

use std::{
    ops::ControlFlow,
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
};

use procnet_core::{
    ByteOrder, State,
    table::{inet, unix},
};
use rustix::io::Errno;

use crate::{
    Kind, ProcRoot, Socket,
    coverage::Coverage,
    file::{self, Ending},
    source::seen::Seen,
};

/// Reads tables into one buffer that is reused.
#[derive(Debug)]
pub(crate) struct Procfs {
    buffer: Box<[u8]>,
    seen: Seen,
}

/// One table to be read.
pub(crate) struct Table<'q> {
    pub(crate) root: &'q ProcRoot,
    /// The directory of tables, relative to the root.
    pub(crate) net: &'q [u8],
    pub(crate) kind: Kind,
    pub(crate) order: ByteOrder,
    /// Only listening TCP sockets are wanted.
    pub(crate) listeners: bool,
}

impl Procfs {
    pub(crate) fn new() -> Procfs {
        // Two pages at least, so that a read takes all that the kernel gives at once; and
        // more than the longest line of any table, so that a longer one is no row.
        let size = (64 << 10).max(2 * rustix::param::page_size());
        Procfs { buffer: vec![0; size].into_boxed_slice(), seen: Seen::default() }
    }

    /// Hands each socket of a table to `each`, once, and counts what it could not hand over.
    pub(crate) fn table(
        &mut self,
        table: &Table<'_>,
        coverage: &mut Coverage,
        each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        let file = table.open()?;
        self.seen.clear();
        match table.kind.inet_table(table.order) {
            Some(rows) => self.inet(file.as_fd(), table, rows, coverage, each),
            None => self.unix(file.as_fd(), coverage, each),
        }
    }

    fn inet(
        &mut self,
        file: BorrowedFd<'_>,
        table: &Table<'_>,
        rows: inet::Table,
        coverage: &mut Coverage,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        let live = table.root.is_live();
        let ending = if live { Ending::ShortRead } else { Ending::EmptyRead };
        let seen = &mut self.seen;
        let mut past_listeners = false;
        let flow = file::for_each_row(file, &mut self.buffer, &rows, ending, |line, row| {
            coverage.rows += 1;
            let record = match row.and_then(|row| row.record()) {
                Ok(record) => record,
                Err(error) => {
                    coverage.undecodable.push(table.kind, line, error);
                    return ControlFlow::Continue(());
                }
            };
            if table.listeners {
                match record.state {
                    State::LISTEN => {}
                    // The kernel lists its listening hash first (net/ipv4/tcp_ipv4.c
                    // `tcp_get_idx`); up to 3.0 with the request socks of each listener.
                    State::SYN_RECV => return ControlFlow::Continue(()),
                    _ if live => {
                        past_listeners = true;
                        return ControlFlow::Break(());
                    }
                    _ => return ControlFlow::Continue(()),
                }
            }
            if !seen.inet(&record) {
                coverage.repeated += 1;
                return ControlFlow::Continue(());
            }
            each(coverage, Socket::from_inet(table.kind, record))
        })?;
        Ok(if past_listeners { ControlFlow::Continue(()) } else { flow })
    }

    fn unix(
        &mut self,
        file: BorrowedFd<'_>,
        coverage: &mut Coverage,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        let seen = &mut self.seen;
        let rows = unix::Table;
        file::for_each_row(file, &mut self.buffer, &rows, Ending::EmptyRead, |line, row| {
            coverage.rows += 1;
            match row {
                Err(error) => coverage.undecodable.push(Kind::Unix, line, error),
                Ok(row) if !seen.unix(&row) => coverage.repeated += 1,
                Ok(row) => return each(coverage, Socket::from_unix(row)),
            }
            ControlFlow::Continue(())
        })
    }
}

impl Table<'_> {
    fn open(&self) -> Result<OwnedFd, Errno> {
        let net = String::from_utf8_lossy(self.net);
        file::open(self.root.dir(), &file::path(format_args!("{net}/{}", self.kind)))
    }
}
