//! The differences between two snapshots.

use super::{
    Aspects, Snapshot,
    identity::{Identity, NetnsKey, name_bytes},
};
use crate::{Coverage, Kinds, Owner, Socket, socket::UnixName};

/// How a socket differs between two snapshots.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Change<'s> {
    /// It is only in the newer snapshot.
    Appeared(Socket<'s>),
    /// It is only in the older snapshot.
    Vanished(Socket<'s>),
    /// It is in both, but differs.
    Changed {
        /// The socket in the older snapshot.
        before: Socket<'s>,
        /// The socket in the newer snapshot.
        after: Socket<'s>,
        /// The aspects that differ, among those compared.
        what: Aspects,
    },
}

impl<'s> Change<'s> {
    /// The socket as last seen.
    #[must_use]
    pub fn socket(&self) -> &Socket<'s> {
        match self {
            Change::Appeared(socket)
            | Change::Vanished(socket)
            | Change::Changed { after: socket, .. } => socket,
        }
    }
}

/// Iterates the differences between two snapshots: see [`Snapshot::diff`].
///
/// It compares lazily, and allocates nothing.
#[derive(Clone, Debug)]
pub struct Diff<'s> {
    older: &'s Snapshot,
    newer: &'s Snapshot,
    aspects: Aspects,
    /// The snapshot whose sockets are iterated: first the newer one.
    pass: Pass,
    /// The next socket of that snapshot.
    next: u32,
    /// The expected position in the other snapshot: most sockets stay in the same order.
    expected: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Newer,
    Older,
}

impl<'s> Diff<'s> {
    pub(super) fn new(older: &'s Snapshot, newer: &'s Snapshot, aspects: Aspects) -> Diff<'s> {
        Diff { older, newer, aspects, pass: Pass::Newer, next: 0, expected: 0 }
    }

    /// The kinds for which sockets that appeared or vanished are not, or not all, reported, as only
    /// one of the visits requested them or read their tables to the end: a socket that is in one
    /// snapshot only may have existed all the time. The same applies to sockets of a network
    /// namespace that one of the visits found and [could not
    /// read](crate::coverage::Namespaces::hidden): they neither appear nor vanish.
    #[must_use]
    pub fn not_compared(&self) -> Kinds {
        let Diff { older, newer, .. } = self;
        (older.asked | newer.asked) - (older.whole & newer.whole)
    }

    /// The same socket in the other snapshot.
    fn counterpart(&mut self, here: &Snapshot, there: &'s Snapshot, at: u32) -> Option<Socket<'s>> {
        let identity = Identity::of(&here.sockets.get(at as usize)?);
        let rank = here.ranks.get(at as usize)?.before;
        let place = if there.is(self.expected, &identity, rank) {
            self.expected
        } else {
            there.find(&identity, rank).or_else(|| there.alike(here, at))?
        };
        self.expected = place + 1;
        there.get(place)
    }

    /// The aspects in which a socket differs, among those compared.
    fn changes(&self, before: &Socket<'s>, after: &Socket<'s>) -> Aspects {
        let mut what = Aspects::NONE;
        let mut note = |aspect, is_different: &dyn Fn() -> bool| {
            if self.aspects.contains(aspect) && is_different() {
                what = what | aspect;
            }
        };
        note(Aspects::STATE, &|| before.state != after.state);
        note(Aspects::OWNERS, &|| self.has_other_owners(before, after));
        note(Aspects::ADDRESSES, &|| {
            (before.local(), before.remote()) != (after.local(), after.remote())
        });
        note(Aspects::NAME, &|| names_differ(before.name(), after.name()));
        note(Aspects::USER, &|| differ(before.uid(), after.uid()));
        note(Aspects::QUEUES, &|| {
            differ(before.rx_queue(), after.rx_queue())
                || differ(before.tx_queue(), after.tx_queue())
                || differ(before.backlog(), after.backlog())
        });
        what
    }

    /// Whether a snapshot would have this socket of the other one if it had existed, and the two
    /// would be recognised as the same.
    fn would_have(&self, snapshot: &Snapshot, socket: &Socket<'_>) -> bool {
        let hidden = &snapshot.coverage.namespaces.hidden;
        let is_hidden = |namespace| {
            let netns = NetnsKey::of(namespace);
            hidden.iter().any(|(hidden, _)| NetnsKey::of(hidden) == netns)
        };
        let kind = socket.kind;
        snapshot.whole.contains(kind)
            && !socket.netns.is_some_and(is_hidden)
            && (socket.inode.is_some() || self.older.source_of(kind) == self.newer.source_of(kind))
    }

    fn has_other_owners(&self, before: &Socket<'s>, after: &Socket<'s>) -> bool {
        let unknown = |snapshot: &Snapshot, socket: &Socket<'s>| {
            let Coverage { processes, left_out, .. } = &snapshot.coverage;
            processes.is_none() || (socket.owners.is_empty() && left_out.sockets > 0)
        };
        if unknown(self.older, before) || unknown(self.newer, after) {
            return false;
        }
        let key = |owner: Owner<'s>| {
            let process = owner.process;
            (process.pid, process.start_time, &process.comm, owner.fd)
        };
        !before.owners.iter().map(key).eq(after.owners.iter().map(key))
    }
}

impl<'s> Iterator for Diff<'s> {
    type Item = Change<'s>;

    fn next(&mut self) -> Option<Change<'s>> {
        let (older, newer) = (self.older, self.newer);
        while self.pass == Pass::Newer {
            let Some(after) = newer.get(self.next) else {
                (self.pass, self.next, self.expected) = (Pass::Older, 0, 0);
                break;
            };
            let before = self.counterpart(newer, older, self.next);
            self.next += 1;
            match before {
                None if self.would_have(older, &after) => return Some(Change::Appeared(after)),
                None => {}
                Some(before) => {
                    let what = self.changes(&before, &after);
                    if !what.is_empty() {
                        return Some(Change::Changed { before, after, what });
                    }
                }
            }
        }
        loop {
            let before = older.get(self.next)?;
            let after = self.counterpart(older, newer, self.next);
            self.next += 1;
            if after.is_none() && self.would_have(newer, &before) {
                return Some(Change::Vanished(before));
            }
        }
    }
}

/// Whether two values are both known and differ.
fn differ<T: PartialEq>(before: Option<T>, after: Option<T>) -> bool {
    before.zip(after).is_some_and(|(before, after)| before != after)
}

/// Whether two names differ. Names from different sources are not compared, as each source
/// reports them in its own form.
fn names_differ(before: Option<UnixName<'_>>, after: Option<UnixName<'_>>) -> bool {
    match (before, after) {
        (Some(UnixName::Printed(_)), Some(UnixName::Exact(_)))
        | (Some(UnixName::Exact(_)), Some(UnixName::Printed(_))) => false,
        (before, after) => before.map(name_bytes) != after.map(name_bytes),
    }
}
