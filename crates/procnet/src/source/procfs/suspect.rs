//! Which rows of the unix table may be no sockets at all.
//!
//! The kernel prints the name of a unix socket raw, and any user of the host may choose one
//! with newlines in it. What follows a newline is a line of its own to whoever reads the
//! text: mostly one that does not decode, but it may have the form of a row. The text alone
//! cannot prove that such a row is *forged*, but provides evidence against it:
//!
//! 1. **Another row bears its inode**, with another pointer, type or name. Sockets that live
//!    at once have different inodes, and what the kernel prints twice while sockets come and
//!    go it prints alike, but for a socket that gets its name meanwhile: it is printed without
//!    and then with it. Otherwise both are suspect: the text does not show which is forged.
//!    A row of another table that was read before, which nobody can forge, is true.
//! 2. **It is next to an undecodable line**, before it or behind it, and both fit
//!    into the room that the name before them has. A name has 108 bytes, newlines included
//!    (`sun_path`), so a line that does not fit is none of it.
//! 3. **Its pointer is not of the kind** that the table's first row has, which stands right
//!    behind the heading and so is the kernel's: of another length, no hexadecimal number
//!    where that is one, or all zeros where that is not.
//! 4. **There are more rows than sockets.** The kernel counts its unix sockets
//!    (`/proc/net/protocols`). If so many rows are too many that all those that fit into the
//!    room of the name before them, and that nobody owns, are needed to make them up, then
//!    these are the forged ones. As sockets come and go meanwhile, the table is read again
//!    until that is [`CONFIRMED`] by so many readings during which the count did not change,
//!    and not denied by one.
//!
//! # Verification
//!
//! Where the table is that of the caller's own network namespace and sock_diag is available,
//! doubtful rows are verified with it ([`verifier`](super::verifier)): those that a rule speaks
//! against, and those that fit into the room of the name before them. The latter are verified if
//! no owner is known of one of them, or if the text has more rows than there are sockets; most
//! tables give no such reason, and cost nothing more.
//!
//! - A socket of this inode, type and name: the row is true, whatever the rules say. Only if
//!   two rows have all of these, and different pointers, do both stay suspect.
//! - A socket of this inode and type whose name continues behind a newline: the row is the
//!   kernel's, but its name is cut. What speaks against it stays.
//! - Another socket, or none though the table still has the row when it is read again: the
//!   row is forged. What is not there any more has ended meanwhile.
//!
//! Unverified are a row without inode, rows beyond some thousand that a dump does not report, and
//! rows of a table of more than a megabyte: there the rules decide, as they do where sock_diag is
//! refused, in other networks and in captures. A refusal is remembered. Verification takes place
//! even if the source is [`Procfs`](crate::Source::Procfs): rows come from the text alone, and
//! sock_diag is only evidence about them.
//!
//! # False positives
//!
//! With verification, none: it takes two readings between which the kernel denies the socket.
//! Without it: where no name has a newline, 2 and 3 never apply, and 1 and 4 only by chance: 1
//! if two sockets have the same inode, after 2³² were given out; 4 if during each of those
//! readings as many sockets ended behind the reader as came before it, and no more than these
//! are without owner. Where a name does have a newline, 2 also marks that socket's own row,
//! whose name is cut, even with verification, and may mark the innocent row behind it.
//!
//! # False negatives
//!
//! With verification: a row without inode, which has no owner either; and a row that bears the
//! inode of a socket elsewhere, if that has an owner, no other row is in doubt, and the surplus
//! of rows is offset by sockets that the kernel counts but does not list. Without it: a
//! forger who knows these rules. A row with a fresh inode and a fitting pointer, and no
//! undecodable line next to it, is caught by 4 alone, and 4 is defeated by a socket of one's own that the kernel
//! counts but does not list (one that was closed before it was accepted), by one without
//! owner behind a short name (kept in flight over a unix socket), by reading without looking
//! for owners or without the right to see all of them, and in captures. Such a row has no
//! owner, though, unless it bears the inode of a socket that is in none of the tables that
//! were asked for, such as one of another network namespace. So a row that is not suspect is
//! not thereby true.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use procnet_core::{Inode, table::unix::Row};

use super::verifier::Verdict;

/// The longest name, as printed (include/uapi/linux/un.h `UNIX_PATH_MAX`).
const LONGEST_NAME: usize = 108;

/// How many readings have to show more rows than there are sockets.
pub(super) const CONFIRMED: u32 = 5;

/// How many readings there are for that at most.
pub(super) const MAX_READINGS: u32 = 16;

/// What the evidence says of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowStatus {
    /// It does not decode.
    Undecodable,
    /// The kernel printed it before.
    Repeated,
    Ok,
    /// It may be a piece of the name before it, but its inode has an owner.
    Owned,
    /// It may be a piece of the name before it, and nobody owns it: see rule 4.
    Possible,
    /// The same, and it has no inode: the kernel cannot be asked about it.
    NoInode,
    Suspect,
    /// Suspect, as another row bears its inode: see rule 1.
    DuplicateInode,
}

impl RowStatus {
    pub(super) fn is_suspect(self) -> bool {
        matches!(self, RowStatus::Suspect | RowStatus::DuplicateInode)
    }

    /// Whether it may be a piece of the name before it, and nobody owns it.
    pub(super) fn is_possible(self) -> bool {
        matches!(self, RowStatus::Possible | RowStatus::NoInode)
    }

    /// Whether socket diagnostics are asked about such a row.
    pub(super) fn is_doubtful(self) -> bool {
        matches!(
            self,
            RowStatus::Owned | RowStatus::Possible | RowStatus::Suspect | RowStatus::DuplicateInode
        )
    }
}

/// What the lines of a table show, as far as it was read. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Of each line since [`next_block`](Evidence::next_block).
    statuses: Vec<RowStatus>,
    /// Hashes of all rows, by what does not change in a socket's life.
    rows: HashTable<u64>,
    /// The first row of each inode.
    inodes: HashTable<First>,
    /// How many different rows there are.
    count: usize,
    /// What is left of the room of the last name.
    room: usize,
    /// The kind of pointer that all rows have, once the first one was seen.
    pointers: Option<Pointers>,
    /// The table is read once more: what has an inode that was seen is the socket that had it.
    again: bool,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct First {
    inode: Inode,
    /// The row without its name, if it had none.
    nameless: Option<u64>,
    /// Its place in the statuses; `None` once they are of later lines.
    line: Option<usize>,
}

/// What all pointers of a table have in common (lib/vsprintf.c `restricted_pointer`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pointers {
    length: usize,
    hidden: bool,
    hexadecimal: bool,
}

impl Evidence {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.inodes.clear();
        self.statuses.clear();
        (self.count, self.room, self.pointers, self.again) = (0, 0, None, false);
    }

    /// The table is read once more.
    pub(super) fn begin_again(&mut self) {
        self.next_block();
        (self.room, self.again) = (0, true);
    }

    /// How many different rows there are.
    pub(super) fn rows(&self) -> usize {
        self.count
    }

    /// Forgets the statuses: the lines that come next are counted from 0.
    pub(super) fn next_block(&mut self) {
        self.statuses.clear();
        self.inodes.iter_mut().for_each(|first| first.line = None);
    }

    /// The status of a line, counted from 0.
    pub(super) fn status(&self, line: usize) -> RowStatus {
        self.statuses.get(line).copied().unwrap_or(RowStatus::Undecodable)
    }

    /// Notes a line that is no row, and that no name ends in.
    pub(super) fn other(&mut self) {
        self.push(RowStatus::Undecodable, 0);
    }

    /// Notes a line that does not decode.
    pub(super) fn undecodable(&mut self, length: usize) {
        if let Some(room) = self.room.checked_sub(length + 1) {
            // The row before was assessed before this line was read.
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

    /// Notes a row, from a line of so many bytes. Its inode may be known to have an owner, and
    /// to be that of a socket in another table.
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

    /// Whether a row is seen for the first time, and nothing speaks against its inode;
    /// `None` if it was seen before.
    fn is_new(&mut self, row: &Row<'_>, hidden: bool) -> Option<bool> {
        let Evidence { statuses, rows, inodes, hasher, again, .. } = self;
        if row.inode.is_none() && hidden {
            // It cannot be distinguished from another.
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

    /// Whether any row may be suspect for rule 4.
    pub(super) fn is_any_possible(&self) -> bool {
        self.statuses.iter().any(|status| status.is_possible())
    }

    /// Whether so many rows are more than the kernel's `sockets` that all the possible ones
    /// must be forged, whatever the suspect ones are.
    pub(super) fn exceeds(&self, sockets: usize) -> bool {
        let possible = self.statuses.iter().filter(|status| status.is_possible()).count();
        let suspect = self.statuses.iter().filter(|status| status.is_suspect()).count();
        let excess = self.rows().saturating_sub(sockets);
        possible > 0 && excess >= possible + suspect
    }

    /// How many rows are in doubt, so that the kernel is to be asked about them: those that
    /// something speaks against, and those that may be a piece of a name; these only where no
    /// owner is known, or if the text has more rows than there are `sockets`.
    pub(super) fn doubts(&self, sockets: Option<usize>) -> usize {
        let doubtful = self.statuses.iter().filter(|status| status.is_doubtful()).count();
        let held = self.statuses.iter().filter(|status| **status == RowStatus::Owned).count();
        let is_more = sockets.is_some_and(|sockets| self.rows() > sockets);
        if doubtful > held || is_more { doubtful } else { 0 }
    }

    /// Applies the verdict of sock_diag on a row; `alone` if it is the only row with its inode
    /// for which the verdict is [`Verdict::Same`].
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

    /// Makes every possible row a suspect one.
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
