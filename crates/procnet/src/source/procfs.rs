//! The source that is always there: the tables under `/proc/net`.

use std::ops::ControlFlow;

use procnet_core::{ByteOrder, State, table::inet};
use rustix::io::Errno;

use crate::{
    Kind, ProcRoot, Socket,
    coverage::{Coverage, Failure},
    file::{self, Ending, TableFile},
    owners::Register,
    place::Place,
    source::{
        Told,
        addressless::{self, Netlinks, Packets},
        ahead::{Ahead, Input},
        empty::Empty,
        seen::Seen,
        unix::{Known, Unix},
    },
};

/// Reads tables into one buffer that is reused.
#[derive(Debug)]
pub(crate) struct Procfs {
    buffer: Box<[u8]>,
    ahead: Ahead,
    empty: Empty,
    unix: Unix,
}

/// One table to be read.
pub(crate) struct Table<'q> {
    pub(crate) root: &'q ProcRoot,
    pub(crate) place: &'q Place,
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
            empty: Empty::default(),
            unix: Unix::default(),
        }
    }

    /// Hands each socket of a table to `each`, once, and counts what it could not hand over.
    /// `register` is what the join knows of sockets.
    pub(crate) fn tell(
        &mut self,
        table: &Table<'_>,
        seen: &mut Seen,
        coverage: &mut Coverage,
        register: &impl Register,
        each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Told {
        let (kinds, place) = (table.kind.into(), table.place);
        match self.table(table, seen, coverage, register, each) {
            // Of listeners only the start of the table was read.
            Ok(flow) => Told::Handed { kinds, flow, whole: !table.listeners },
            Err(Errno::NOENT | Errno::SRCH) if place.in_passing && place.has_moved(table.root) => {
                Told::Vanished
            }
            Err(Errno::NOENT) => Told::Absent,
            Err(errno) => Told::Failed { kinds, failure: Failure::new(errno) },
        }
    }

    fn table(
        &mut self,
        table: &Table<'_>,
        seen: &mut Seen,
        coverage: &mut Coverage,
        register: &impl Register,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        let Procfs { buffer, ahead, empty, unix } = self;
        if empty.has(table) {
            return Ok(ControlFlow::Continue(()));
        }
        let input = match ahead.take(table.kind) {
            Some(input) => input,
            None => Input::fresh(table.open()?),
        };
        if table.kind == Kind::Unix {
            let known = Known {
                is_owned: |inode| register.is_owned(inode),
                is_elsewhere: |inode| register.was_seen(inode) || seen.has(inode),
            };
            return unix.visit(input, buffer, table, &known, coverage, each);
        }
        let repeated = coverage.repeated;
        let mut flow = look(input, buffer, (&mut *seen, register), table, 1, coverage, &mut each)?;
        let mut looks = 2;
        // The kernel goes on in these tables where a number of rows was passed over (net/ipv4/
        // udp.c `udp_get_idx`): while sockets come and go it repeats some and leaves out as
        // many.
        let is_loose = table.root.is_live() && !table.kind.is_tcp() && coverage.repeated > repeated;
        while is_loose && flow.is_continue() && looks <= LOOKS {
            // What was handed over stands, even if the table is not to be had any more.
            let Ok(file) = table.open() else { break };
            let input = Input::fresh(file);
            flow = look(input, buffer, (&mut *seen, register), table, looks, coverage, &mut each)?;
            looks += 1;
        }
        Ok(flow)
    }

    /// Reads tables before their rows are wanted, as far as `room` reaches.
    pub(crate) fn read_ahead<'q>(&mut self, tables: impl Iterator<Item = Table<'q>>, room: usize) {
        for table in tables {
            if self.empty.has(&table) {
                continue;
            }
            // Of listeners only the start of a table is read, and that is soon done.
            if table.listeners || !self.ahead.read(table.kind, table.open(), room) {
                break;
            }
        }
    }

    /// Forgets what was read ahead.
    pub(crate) fn clear(&mut self) {
        self.ahead.clear();
        self.empty.clear();
    }

    /// Goes on to another namespace: what was read ahead, and which tables are empty, is of the
    /// one before.
    pub(crate) fn next_namespace(&mut self) {
        self.clear();
    }
}

impl Table<'_> {
    pub(crate) fn open(&self) -> Result<TableFile, Errno> {
        let file = self.place.open(self.root, self.kind.name())?;
        // The read that gives nothing costs nothing where sockets have no addresses.
        let short = self.root.is_live() && self.kind.inet_table(self.order).is_some();
        Ok(TableFile::new(file, if short { Ending::ShortRead } else { Ending::EmptyRead }))
    }
}

/// How often a table is read at most that leaves out rows.
const LOOKS: u32 = 3;

/// Hands over the rows of a table that is not that of unix sockets, as it is looked at for the
/// nth time.
fn look(
    input: Input<'_>,
    buffer: &mut [u8],
    known: (&mut Seen, &impl Register),
    table: &Table<'_>,
    look: u32,
    coverage: &mut Coverage,
    each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Errno> {
    let kind = table.kind;
    match kind.inet_table(table.order) {
        Some(rows) => inet(input, buffer, known, table, rows, look, coverage, each),
        None if kind == Kind::Packet => {
            addressless::visit(input, buffer, known, kind, &Packets, look, coverage, each)
        }
        None => addressless::visit(input, buffer, known, kind, &Netlinks, look, coverage, each),
    }
}

/// Hands over the rows of a tcp or udp table, as it is looked at for the nth time.
#[expect(clippy::too_many_arguments, reason = "parts of a scanner that are borrowed apart")]
fn inet(
    mut input: Input<'_>,
    buffer: &mut [u8],
    (seen, register): (&mut Seen, &impl Register),
    table: &Table<'_>,
    rows: inet::Table,
    look: u32,
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
            coverage.rows += u64::from(look == 1);
            let record = match row.and_then(|row| row.record()) {
                Ok(record) => record,
                Err(_) if look > 1 => return ControlFlow::Continue(()),
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
            let tuple = (record.local, record.remote);
            if !seen.inet(record.inode, tuple, |inode| register.is_first(inode)) {
                coverage.repeated += u64::from(look == 1);
                return ControlFlow::Continue(());
            }
            if look > 1 {
                coverage.rows += 1;
                coverage.recovered += 1;
            }
            each(coverage, Socket::from_inet(table.kind, record))
        },
    )?;
    Ok(if past_listeners { ControlFlow::Continue(()) } else { flow })
}
