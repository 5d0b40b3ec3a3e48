//! The source that is always there: the tables under `/proc/net`.

use std::ops::ControlFlow;

use procnet_core::{ByteOrder, Inode, State, table::inet};
use rustix::io::Errno;

use crate::{
    Kind, ProcRoot, Socket,
    coverage::Coverage,
    file::{self, Ending, TableFile},
    source::{
        ahead::{Ahead, Input},
        seen::Seen,
        unix::Unix,
    },
};

/// Reads tables into one buffer that is reused.
#[derive(Debug)]
pub(crate) struct Procfs {
    buffer: Box<[u8]>,
    ahead: Ahead,
    seen: Seen,
    unix: Unix,
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
        Procfs {
            buffer: vec![0; size].into_boxed_slice(),
            ahead: Ahead::default(),
            seen: Seen::default(),
            unix: Unix::default(),
        }
    }

    /// Hands each socket of a table to `each`, once, and counts what it could not hand over.
    /// `is_owned` tells whether an inode is known to have an owner.
    pub(crate) fn table(
        &mut self,
        table: &Table<'_>,
        coverage: &mut Coverage,
        is_owned: impl Fn(Inode) -> bool,
        each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        let Procfs { buffer, ahead, seen, unix } = self;
        seen.clear();
        let input = match ahead.take(table.kind) {
            Some(input) => input,
            None => Input::fresh(table.open()?),
        };
        match table.kind.inet_table(table.order) {
            Some(rows) => inet(input, buffer, seen, table, rows, coverage, each),
            None => unix.visit(input, buffer, table, is_owned, coverage, each),
        }
    }

    /// Reads tables before their rows are wanted, as far as there is room.
    pub(crate) fn read_ahead<'q>(&mut self, tables: impl Iterator<Item = Table<'q>>) {
        for table in tables {
            // Of listeners only the start of a table is read, and that is soon done.
            if table.listeners || !self.ahead.read(table.kind, table.open()) {
                break;
            }
        }
    }

    /// Forgets what was read ahead.
    pub(crate) fn clear(&mut self) {
        self.ahead.clear();
    }
}

impl Table<'_> {
    pub(crate) fn open(&self) -> Result<TableFile, Errno> {
        let net = String::from_utf8_lossy(self.net);
        let file = file::open(self.root.dir(), &file::path(format_args!("{net}/{}", self.kind)))?;
        // The read that gives nothing costs nothing for unix sockets.
        let short = self.root.is_live() && self.kind != Kind::Unix;
        Ok(TableFile::new(file, if short { Ending::ShortRead } else { Ending::EmptyRead }))
    }
}

/// Hands over the rows of a tcp or udp table.
fn inet(
    mut input: Input<'_>,
    buffer: &mut [u8],
    seen: &mut Seen,
    table: &Table<'_>,
    rows: inet::Table,
    coverage: &mut Coverage,
    mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Errno> {
    let live = table.root.is_live();
    let mut past_listeners = false;
    let flow = file::for_each_row(
        buffer,
        &rows,
        |space| input.read(space),
        |line, row| {
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
        },
    )?;
    Ok(if past_listeners { ControlFlow::Continue(()) } else { flow })
}
