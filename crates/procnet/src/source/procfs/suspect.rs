//! Which rows of the unix table may not be sockets at all.
//!
//! The kernel prints the name of a unix socket raw, and any user of the host may choose a name that
//! contains newlines. A reader sees the text after a newline as a line of its own: usually one that
//! does not decode, but it may have the form of a row. The text alone cannot prove that such a row
//! is *forged*, but provides evidence against it:
//!
//! 1. **Another row has the same inode**, but a different pointer, type or name. Sockets that exist
//!    at the same time have different inodes, and if the kernel prints a socket twice while others
//!    come and go, both rows are equal, unless the socket is bound in between: it is then printed
//!    first without its name and then with it. Otherwise both rows are suspect: the text does not
//!    show which is forged. A row of another table read before, which nobody can forge, is
//!    authentic.
//! 2. **It is adjacent to an undecodable line**, before or after it, and both fit into what remains
//!    of the preceding name's maximum length. A name has at most 108 bytes, newlines included
//!    (`sun_path`), so a line that does not fit is not part of it.
//! 3. **Its pointer differs in form** from that of the table's first row, which directly follows
//!    the heading and is therefore the kernel's: it has another length, or only one of the two is a
//!    hexadecimal number, or only one is all zeros.
//! 4. **There are more rows than sockets.** The kernel counts its unix sockets
//!    (`/proc/net/protocols`). If the surplus can only be explained by all rows that have no owner
//!    and fit into the remaining length of the preceding name, then these rows are forged. As
//!    sockets come and go meanwhile, the table is read again until [`CONFIRMED`] readings, during
//!    each of which the count did not change, show this and none contradicts it.
//!
//! # Verification
//!
//! If the table is that of the caller's own network namespace and sock_diag is available, doubtful
//! rows are verified with it ([`verifier`](super::verifier)): those with evidence against them, and
//! those that fit into the remaining length of the preceding name. The latter are verified only if
//! one of them has no known owner, or if the text has more rows than there are sockets; for most
//! tables neither is true, and nothing more is read.
//!
//! - A socket with this inode, type and name exists: the row is authentic, whatever the rules say.
//!   Only if two rows have all of these, and different pointers, do both stay suspect.
//! - A socket with this inode and type exists whose name continues after a newline: the row is the
//!   kernel's, but its name is cut off. The evidence against it stands.
//! - The inode belongs to another socket, or to none although the table still has the row when it
//!   is read again: the row is forged. A row that is gone by then was a socket that has closed.
//!
//! Rows without an inode, rows beyond about a thousand that a dump does not report, and rows of a
//! table of more than a megabyte are not verified: for these the rules decide, as they do where
//! sock_diag is refused, in other network namespaces and in captures. A refusal is remembered.
//! Verification takes place even if the source is [`Procfs`](crate::Source::Procfs): rows come from
//! the text alone, and sock_diag is only evidence about them.
//!
//! # False positives
//!
//! With verification, none: a row is forged only if the kernel denies the socket between two
//! readings that both have the row. Without it, if no name contains a newline, rules 2 and 3 never
//! apply, and rules 1 and 4 only by chance: rule 1 if two sockets have the same inode, after 2³²
//! have been assigned; rule 4 if during each of those readings as many sockets closed behind the
//! reader's position as were created ahead of it, and no more than these have no owner. If a name
//! does contain a newline, rule 2 also marks the row of that socket itself, whose name is cut off,
//! even with verification, and may mark the innocent row after it.
//!
//! # False negatives
//!
//! With verification: a row without an inode, which has no owner either; and a row with the inode
//! of a socket in another table or namespace, if that socket has an owner, no other row is in
//! doubt, and the surplus of rows is offset by sockets that the kernel counts but does not list.
//! Without it: rows of a forger who knows these rules. A row with an unused inode and a matching
//! pointer, and no adjacent undecodable line, is detected by rule 4 alone. Rule 4 is defeated by a
//! socket of the forger's that the kernel counts but does not list (one closed before it was
//! accepted); by a socket without an owner after a short name (kept in flight over a unix socket);
//! by reading without owners, or without permission to see all of them; and in captures. Such a row
//! has no owner, though, unless it has the inode of a socket in none of the requested tables, such
//! as one of another network namespace. So a row that is not suspect is not necessarily authentic.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use procnet_core::{Inode, table::unix::Row};

use super::verifier::Verdict;

/// The longest name, as printed (include/uapi/linux/un.h `UNIX_PATH_MAX`).
const LONGEST_NAME: usize = 108;

/// The number of readings that have to show more rows than sockets.
pub(super) const CONFIRMED: u32 = 5;

/// The maximum number of such readings.
pub(super) const MAX_READINGS: u32 = 16;

/// What the evidence shows about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowStatus {
    /// It does not decode.
    Undecodable,
    /// The kernel printed it before.
    Repeated,
    Ok,
    /// It may be part of the preceding name, but its inode has an owner.
    Owned,
    /// It may be part of the preceding name, and has no owner: see rule 4.
    Possible,
    /// As `Possible`, but without an inode: sock_diag cannot look it up.
    NoInode,
    Suspect,
    /// Suspect, as another row has its inode: see rule 1.
    DuplicateInode,
}

impl RowStatus {
    pub(super) fn is_suspect(self) -> bool {
        matches!(self, RowStatus::Suspect | RowStatus::DuplicateInode)
    }

    /// Whether it may be part of the preceding name, and has no owner.
    pub(super) fn is_possible(self) -> bool {
        matches!(self, RowStatus::Possible | RowStatus::NoInode)
    }

    /// Whether sock_diag is asked about such a row.
    pub(super) fn is_doubtful(self) -> bool {
        matches!(
            self,
            RowStatus::Owned | RowStatus::Possible | RowStatus::Suspect | RowStatus::DuplicateInode
        )
    }
}

/// The evidence in the lines of a table read so far. Clearing it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// For each line since [`next_block`](Evidence::next_block).
    statuses: Vec<RowStatus>,
    /// Hashes of all rows, over the columns that do not change while a socket exists.
    rows: HashTable<u64>,
    /// The first row with each inode.
    inodes: HashTable<First>,
    /// The number of different rows.
    count: usize,
    /// The remaining length of the last name.
    room: usize,
    /// The form of all pointers, once the first row was read.
    pointers: Option<Pointers>,
    /// Whether the table is read once more: a row whose inode was seen is then the same socket.
    again: bool,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct First {
    inode: Inode,
    /// A hash of the row without its name, if it had no name.
    nameless: Option<u64>,
    /// Its index in the statuses; `None` once these belong to later lines.
    line: Option<usize>,
}

/// The form that all pointers of a table have (lib/vsprintf.c `restricted_pointer`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pointers {
    length: usize,
    hidden: bool,
    hexadecimal: bool,
}

impl Evidence {
    /// Clears all evidence.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.inodes.clear();
        self.statuses.clear();
        (self.count, self.room, self.pointers, self.again) = (0, 0, None, false);
    }

    /// Begins to read the table once more.
    pub(super) fn begin_again(&mut self) {
        self.next_block();
        (self.room, self.again) = (0, true);
    }

    /// The number of different rows.
    pub(super) fn rows(&self) -> usize {
        self.count
    }

    /// Clears the statuses: the following lines are counted from 0.
    pub(super) fn next_block(&mut self) {
        self.statuses.clear();
        self.inodes.iter_mut().for_each(|first| first.line = None);
    }

    /// The status of a line, counted from 0.
    pub(super) fn status(&self, line: usize) -> RowStatus {
        self.statuses.get(line).copied().unwrap_or(RowStatus::Undecodable)
    }

    /// Records a line that is not a row and cannot be part of a name.
    pub(super) fn not_a_row(&mut self) {
        self.push(RowStatus::Undecodable, 0);
    }

    /// Records a line that does not decode.
    pub(super) fn undecodable(&mut self, length: usize) {
        if let Some(room) = self.room.checked_sub(length + 1) {
            // The previous row was assessed before this line was read.
            if let Some(
                before @ (RowStatus::Ok
                | RowStatus::Owned
                | RowStatus::Possible
                | RowStatus::NoInode),
            ) = self.statuses.last_mut()
            {
                *before = RowStatus::Suspect;
            }
            self.push(RowStatus::Undecodable, room);
        } else {
            self.push(RowStatus::Undecodable, 0);
        }
    }

    /// Records a row from a line of `length` bytes. Its inode may be known to have an owner, and to
    /// belong to a socket in another table.
    pub(super) fn row(&mut self, row: &Row<'_>, length: usize, owned: bool, in_other_table: bool) {
        let pointers = Pointers::of(row.pointer);
        let expected = *self.pointers.get_or_insert(pointers);
        let fits = length < self.room;
        let after_undecodable = fits && self.statuses.last() == Some(&RowStatus::Undecodable);
        let is_new = self.is_new(row, pointers.hidden);
        self.count += usize::from(is_new.is_some());
        let status = match is_new {
            None => RowStatus::Repeated,
            Some(false) => RowStatus::DuplicateInode,
            Some(true) if pointers != expected || after_undecodable || in_other_table => {
                RowStatus::Suspect
            }
            Some(true) if fits && row.inode.is_none() => RowStatus::NoInode,
            Some(true) if fits && !owned => RowStatus::Possible,
            Some(true) if fits => RowStatus::Owned,
            Some(true) => RowStatus::Ok,
        };
        let name = row.name.map(|name| name.as_bytes().len());
        self.push(status, name.map_or(0, |name| LONGEST_NAME.saturating_sub(name)));
    }

    fn push(&mut self, status: RowStatus, room: usize) {
        self.statuses.push(status);
        self.room = room;
    }

    /// Whether a row is new, without evidence against its inode; `None` if it was seen before.
    fn is_new(&mut self, row: &Row<'_>, hidden: bool) -> Option<bool> {
        let Evidence { statuses, rows, inodes, hasher, again, .. } = self;
        if row.inode.is_none() && hidden {
            // It cannot be distinguished from another row.
            return (!self.again).then_some(true);
        }
        let name = row.name.map(|name| name.as_bytes());
        let nameless = hasher.hash_one((row.inode, row.pointer, row.kind));
        let hash = hasher.hash_one((nameless, name));
        match rows.entry(hash, |other| *other == hash, |hash| *hash) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(vacant) => vacant.insert(hash),
        };
        let Some(inode) = row.inode else { return Some(true) };
        let first = First {
            inode,
            nameless: name.is_none().then_some(nameless),
            line: Some(statuses.len()),
        };
        let rehash = |first: &First| hasher.hash_one(first.inode);
        match inodes.entry(hasher.hash_one(inode), |other| other.inode == inode, rehash) {
            Entry::Vacant(vacant) => {
                vacant.insert(first);
                Some(true)
            }
            Entry::Occupied(other) if *again || other.get().nameless == Some(nameless) => None,
            Entry::Occupied(other) => {
                let other = other.get().line.and_then(|line| statuses.get_mut(line));
                if let Some(status) = other {
                    *status = RowStatus::DuplicateInode;
                }
                Some(false)
            }
        }
    }

    /// Whether any row may be suspect by rule 4.
    pub(super) fn is_any_possible(&self) -> bool {
        self.statuses.iter().any(|status| status.is_possible())
    }

    /// Whether there are so many more rows than the kernel's `sockets` that all possible rows must
    /// be forged, whatever the suspect ones are.
    pub(super) fn exceeds(&self, sockets: usize) -> bool {
        let possible = self.statuses.iter().filter(|status| status.is_possible()).count();
        let suspect = self.statuses.iter().filter(|status| status.is_suspect()).count();
        let excess = self.rows().saturating_sub(sockets);
        possible > 0 && excess >= possible + suspect
    }

    /// The number of doubtful rows, which sock_diag is to verify: those with evidence against them,
    /// and those that may be part of a name. The latter count only if one has no known owner, or if
    /// the text has more rows than there are `sockets`.
    pub(super) fn doubts(&self, sockets: Option<usize>) -> usize {
        let doubtful = self.statuses.iter().filter(|status| status.is_doubtful()).count();
        let held = self.statuses.iter().filter(|status| **status == RowStatus::Owned).count();
        let is_more = sockets.is_some_and(|sockets| self.rows() > sockets);
        if doubtful > held || is_more { doubtful } else { 0 }
    }

    /// Applies the verdict of sock_diag on a row; `alone` if it is the only row with its inode
    /// whose verdict is [`Verdict::Same`].
    pub(super) fn apply(&mut self, line: usize, verdict: Verdict, alone: bool) {
        let Some(status) = self.statuses.get_mut(line) else { return };
        *status = match (verdict, *status) {
            (Verdict::Same, RowStatus::DuplicateInode) if alone => RowStatus::Ok,
            (
                Verdict::Same | Verdict::Named | Verdict::Cut | Verdict::Unknown,
                RowStatus::DuplicateInode,
            ) => RowStatus::DuplicateInode,
            (Verdict::Same | Verdict::Named, _) => RowStatus::Ok,
            (Verdict::Cut, RowStatus::Possible | RowStatus::Owned) => RowStatus::Ok,
            (Verdict::Other | Verdict::None, RowStatus::Possible | RowStatus::Owned) => {
                RowStatus::Suspect
            }
            (_, status) => status,
        };
    }

    /// Makes every possible row suspect.
    pub(super) fn suspect_possible(&mut self) {
        for status in &mut self.statuses {
            if status.is_possible() {
                *status = RowStatus::Suspect;
            }
        }
    }
}

impl Pointers {
    fn of(pointer: &[u8]) -> Pointers {
        Pointers {
            length: pointer.len(),
            hidden: pointer.iter().all(|byte| *byte == b'0'),
            hexadecimal: pointer.iter().all(u8::is_ascii_hexdigit),
        }
    }
}
