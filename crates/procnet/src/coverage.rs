//! What an answer covers, and what it could not see.

use std::fmt;

use procnet_core::{Error as DecodeError, Inode};
use rustix::io::Errno;
use smallvec::SmallVec;

use crate::{Fallback, Kind, Kinds, LeftOut, Namespace, file};

/// How many examples of a fault are kept beside its count.
const EXAMPLES: usize = 4;

/// What an answer covers, and what it could not see: one comes with every answer.
///
/// Nothing is dropped without being counted here. `Display` writes a line for each thing
/// that is missing from the answer, and nothing if it [is complete](Coverage::is_complete).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Coverage {
    /// Tables that came from socket diagnostics; the others came from /proc.
    pub netlink: Kinds,
    /// Tables that came from /proc though [`Source::Auto`](crate::Source::Auto) was asked for,
    /// by why they did. Nothing is missing because of that.
    pub fallbacks: SmallVec<[(Fallback, Kinds); 2]>,
    /// Tables of which [details](crate::Query::details) were asked for and not told, as they
    /// came from /proc.
    pub without_details: Kinds,
    /// Tables of which [bound, inactive](crate::Query::bound) sockets were asked for and not
    /// told, for the same reason.
    pub without_bound: Kinds,
    /// Sockets that were handed to the visitor.
    pub sockets: u64,
    /// Rows that the kernel gave, before any filter.
    pub rows: u64,
    /// Rows that the kernel gave again while sockets came and went; each was reported once.
    pub repeated: u64,
    /// Rows that only another look at a table gave, for the kernel leaves some out while sockets
    /// come and go; others of them are of sockets that have come since. Tables of TCP, where
    /// that hardly happens, are looked at once.
    pub recovered: u64,
    /// Rows that do not decode.
    pub undecodable: Undecodable,
    /// Sockets reported whose row may be forged: see [`Socket::suspect`](crate::Socket::suspect).
    pub suspect: Suspects,
    /// Sockets reported that have an inode, but no owner that could be seen. A kernel's own
    /// socket has none; one that is being passed over a unix socket has none for a moment.
    pub ownerless: u64,
    /// Sockets reported that no file belongs to: `TIME_WAIT`, connections not accepted yet
    /// and others. They have no owner at all.
    pub without_inode: u64,
    /// Tables that this kernel, or this capture, does not have: without IPv6, tcp6 and udp6.
    pub absent: Kinds,
    /// Tables that are there, but could not be read to their end.
    pub unreadable: SmallVec<[(Kind, Failure); 2]>,
    /// The network namespaces that were looked at.
    pub namespaces: Namespaces,
    /// The walk that looked for owners; `None` if the query did not ask for them.
    pub processes: Option<Processes>,
    /// What an [incremental](crate::Query::incremental) search left out because of its budget.
    pub left_out: LeftOut,
    /// Sockets left out because what the query's [`Filter`](crate::Filter) asks is not told of
    /// them: it is not known whether they meet it.
    pub undecided: u64,
    /// The query's limit was reached: there may be more sockets.
    pub truncated: bool,
}

impl Coverage {
    /// Whether all that was asked for was seen, up to the query's own limit.
    ///
    /// Processes that ended during the walk, repeated rows and absent tables do not count
    /// against it: nothing that exists is missing because of them.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let Coverage { undecodable, suspect, unreadable, processes, left_out, undecided, .. } =
            self;
        let Namespaces { hidden: unentered, untold, .. } = &self.namespaces;
        let hidden = processes.as_ref().is_some_and(|walk| !walk.is_whole());
        let doubtful = undecodable.count > 0 || suspect.count > 0 || *undecided > 0;
        let details = !self.without_details.is_empty() || !self.without_bound.is_empty();
        let left_out = *left_out != LeftOut::default();
        let namespaces = unentered.is_empty() && *untold == 0;
        !doubtful && !details && unreadable.is_empty() && !hidden && !left_out && namespaces
    }

    pub(crate) fn fall_back(&mut self, kind: Kind, fallback: Fallback) {
        let mut known = self.fallbacks.iter_mut();
        match known.find(|(other, _)| *other == fallback) {
            Some((_, kinds)) => *kinds = *kinds | kind.into(),
            None => self.fallbacks.push((fallback, kind.into())),
        }
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, failure) in &self.unreadable {
            writeln!(f, "table {kind}: {failure}")?;
        }
        self.undecodable.fmt(f)?;
        self.suspect.fmt(f)?;
        self.namespaces.fmt(f)?;
        if self.undecided > 0 {
            let noun = if self.undecided == 1 { "socket" } else { "sockets" };
            let undecided = self.undecided;
            writeln!(f, "{undecided} {noun} left out: what the filter asks is not told of them")?;
        }
        for (kinds, what) in
            [(self.without_details, "details"), (self.without_bound, "sockets bound and inactive")]
        {
            for kind in kinds.iter() {
                writeln!(f, "table {kind}: {what} are not told by /proc")?;
            }
        }
        let LeftOut { sockets, processes } = self.left_out;
        if (sockets, processes) != (0, 0) {
            writeln!(
                f,
                "the budget left out the owners of {sockets} sockets, and {processes} processes"
            )?;
        }
        let Some(walk) = &self.processes else { return Ok(()) };
        for hidden in &walk.hidden {
            let Hidden { failure, count, examples } = hidden;
            let noun = if *count == 1 { "process" } else { "processes" };
            write!(f, "{count} {noun}: descriptors could not be read ({failure}): pid")?;
            for (at, pid) in examples.iter().enumerate() {
                write!(f, "{} {pid}", if at == 0 { "" } else { "," })?;
            }
            writeln!(f, "{}", if (examples.len() as u64) < *count { ", …" } else { "" })?;
        }
        if walk.unlisted {
            writeln!(f, "processes of other users are not listed in this /proc")?;
        }
        Ok(())
    }
}

/// Rows that do not decode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecodable {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub first: SmallVec<[BadRow; EXAMPLES]>,
}

impl Undecodable {
    pub(crate) fn push(&mut self, kind: Kind, line: usize, error: DecodeError) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(BadRow { kind, line, error });
        }
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.first {
            writeln!(f, "{row}")?;
        }
        match self.count - self.first.len() as u64 {
            0 => Ok(()),
            more => writeln!(f, "{more} more rows that do not decode"),
        }
    }
}

/// Rows that may be forged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspects {
    /// How many there are.
    pub count: u64,
    /// The inodes that the first of them bear.
    pub first: SmallVec<[Option<Inode>; EXAMPLES]>,
}

impl Suspects {
    pub(crate) fn push(&mut self, inode: Option<Inode>) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(inode);
        }
    }
}

impl fmt::Display for Suspects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return Ok(());
        }
        let noun = if self.count == 1 { "row" } else { "rows" };
        write!(f, "table unix: {} {noun} may be forged by a socket's name: inode", self.count)?;
        for (at, inode) in self.first.iter().enumerate() {
            f.write_str(if at == 0 { " " } else { ", " })?;
            match inode {
                Some(inode) => write!(f, "{inode}")?,
                None => f.write_str("none")?,
            }
        }
        writeln!(f, "{}", if (self.first.len() as u64) < self.count { ", …" } else { "" })
    }
}

/// A row that does not decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadRow {
    /// The table that it is in.
    pub kind: Kind,
    /// Its line in that table, or its message from socket diagnostics, counted from 1.
    pub line: usize,
    /// The column, and what is wrong with it.
    pub error: DecodeError,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadRow { kind, line, error } = self;
        let (at, name, what) = (error.offset() + 1, error.column(), error.kind());
        write!(f, "table {kind}, line {line}, column {at}: {name}: {what}")
    }
}

/// The network namespaces that were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespaces {
    /// How many were visited.
    pub visited: u64,
    /// Of those that were found, how many had ended before they were visited.
    pub vanished: u64,
    /// Those that could not be visited, and why.
    pub hidden: SmallVec<[(Namespace, Failure); 2]>,
    /// Processes of which it cannot be told in which namespace they are: if that is one that no
    /// other process was found in, it was not visited.
    pub untold: u64,
}

impl Namespaces {
    pub(crate) fn hide(&mut self, namespace: &Namespace, failure: Failure) {
        self.hidden.push((namespace.clone(), failure));
    }
}

impl fmt::Display for Namespaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (namespace, failure) in &self.hidden {
            writeln!(f, "network namespace {namespace}: cannot be entered ({failure})")?;
        }
        match self.untold {
            0 => Ok(()),
            1 => writeln!(f, "1 process: its network namespace is not known"),
            more => writeln!(f, "{more} processes: their network namespaces are not known"),
        }
    }
}

/// The processes that were looked at for owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Processes {
    /// Processes that were listed.
    pub seen: u64,
    /// Of them, those that ended before they were read: nobody owns anything through them.
    pub vanished: u64,
    /// Of them, those that could not be read, by reason.
    pub hidden: SmallVec<[Hidden; 2]>,
    /// There are others that are not even listed, nobody knows how many: this /proc is
    /// mounted so that a user sees only processes of their own (`hidepid=2` or `4`).
    pub unlisted: bool,
    /// Descriptors that were resolved.
    pub descriptors: u64,
}

impl Processes {
    /// Whether every process could be looked at.
    pub(crate) fn is_whole(&self) -> bool {
        !self.unlisted && self.unreadable() == 0
    }

    /// How many processes could not be read, for whatever reason.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.hidden.iter().map(|hidden| hidden.count).sum()
    }

    /// Adds what another thread of the walk has counted.
    pub(crate) fn absorb(&mut self, other: &Processes) {
        self.seen += other.seen;
        self.vanished += other.vanished;
        self.descriptors += other.descriptors;
        for Hidden { failure, count, examples } in &other.hidden {
            let hidden = self.hidden(*failure);
            hidden.count += count;
            let room = EXAMPLES - hidden.examples.len();
            hidden.examples.extend(examples.iter().copied().take(room));
        }
    }

    pub(crate) fn hide(&mut self, pid: u32, failure: Failure) {
        let hidden = self.hidden(failure);
        hidden.count += 1;
        if hidden.examples.len() < EXAMPLES {
            hidden.examples.push(pid);
        }
    }

    fn hidden(&mut self, failure: Failure) -> &mut Hidden {
        let at = self.hidden.iter().position(|hidden| hidden.failure == failure);
        let at = at.unwrap_or_else(|| {
            self.hidden.push(Hidden { failure, count: 0, examples: SmallVec::new() });
            self.hidden.len() - 1
        });
        &mut self.hidden[at]
    }
}

/// Processes that could not be read for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hidden {
    /// The reason.
    pub failure: Failure,
    /// How many they are.
    pub count: u64,
    /// The pids of the first of them.
    pub examples: SmallVec<[u32; EXAMPLES]>,
}

/// Why the kernel refused to show something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure(Errno);

impl Failure {
    pub(crate) fn new(errno: Errno) -> Failure {
        Failure(errno)
    }

    /// Whether more privilege would have helped.
    #[must_use]
    pub fn is_permission(self) -> bool {
        matches!(self.0, Errno::ACCESS | Errno::PERM)
    }

    /// The kernel's number of the error (`errno`).
    #[must_use]
    pub fn errno(self) -> i32 {
        self.0.raw_os_error()
    }
}

impl From<Failure> for Errno {
    fn from(failure: Failure) -> Errno {
        failure.0
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_permission() {
            return f.write_str("permission denied");
        }
        match self.0 {
            file::NOT_A_FILE => f.write_str("not a regular file"),
            errno => std::io::Error::from(errno).fmt(f),
        }
    }
}
