//! The table of unix sockets, read in blocks: a row is judged by all that is near it before
//! it is handed over, see [`suspect`](super::suspect).

use std::ops::{ControlFlow, Range};

use procnet_core::{
    Error as DecodeError, Inode, Lines,
    table::{self, Table as _, unix},
};
use rustix::io::Errno;

use super::{
    ahead::Input,
    count,
    procfs::Table,
    suspect::{CONFIRMED, Evidence, Mark, TRIES},
    witness::{Witness, Word},
};
use crate::{Kind, Socket, coverage::Coverage, file};

/// So much text is judged at once: the tables of most hosts are smaller.
const BLOCK: usize = 1 << 20;

/// How often the table is read at most while sockets come and go.
const LOOKS: u32 = 3;

/// A table that grows beyond this while it is read again is not the kernel's.
const MOST: usize = 64 << 20;

/// Reads the table of unix sockets; what it needs again each time is kept.
#[derive(Debug, Default)]
pub(crate) struct Unix {
    /// Whole lines.
    text: Vec<u8>,
    /// The number of its first line, counted from 1.
    first: usize,
    /// How often the table was begun to be read.
    looks: u32,
    evidence: Evidence,
    witness: Witness,
    /// What the kernel was asked about.
    asked: Vec<Asked>,
    /// The text of a small file.
    small: Vec<u8>,
}

/// A row that the kernel was asked about.
#[derive(Debug)]
struct Asked {
    /// Its line in the text, counted from 0.
    line: usize,
    inode: Inode,
    word: Word,
    /// Where it lies in the text.
    bytes: Range<usize>,
    /// It was read again after the kernel had no socket with its inode.
    stays: bool,
}

/// What is known of inodes from elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Known<O, E> {
    /// Whether an inode is known to have an owner.
    pub(crate) is_owned: O,
    /// Whether it is that of a socket in another table.
    pub(crate) is_elsewhere: E,
}

/// Lines as they are.
struct Raw;

impl table::Table for Raw {
    type Row<'a> = &'a [u8];

    fn row<'a>(&self, line: &'a [u8], _number: usize) -> Option<Result<&'a [u8], DecodeError>> {
        Some(Ok(line))
    }
}

impl Unix {
    /// Hands over the rows of a table, each once.
    pub(crate) fn visit(
        &mut self,
        input: Input<'_>,
        buffer: &mut [u8],
        table: &Table<'_>,
        known: &Known<impl Fn(Inode) -> bool, impl Fn(Inode) -> bool>,
        coverage: &mut Coverage,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        self.begin();
        self.looks = 1;
        let mut sockets = table.root.is_live().then(|| self.sockets(table)).flatten();
        let mut recovered = coverage.recovered;
        let mut flow = self.look(input, buffer, table, known, sockets, coverage, &mut each)?;
        // The kernel finds its place in its hash again by counting, and leaves rows out if sockets
        // come and go. That there are as many rows as sockets does not tell that none is left
        // out, as another may have come and gone; that another look adds none does.
        while sockets.is_some() && flow.is_continue() && self.looks < LOOKS {
            if self.looks > 1 && coverage.recovered == recovered {
                break;
            }
            sockets = self.sockets(table);
            // What was handed over stands, even if the table is not to be had any more.
            let Ok(file) = table.open() else { break };
            recovered = coverage.recovered;
            self.begin_again();
            let input = Input::fresh(file);
            flow = self.look(input, buffer, table, known, sockets, coverage, &mut each)?;
        }
        Ok(flow)
    }

    /// Reads the table once.
    #[expect(clippy::too_many_arguments, reason = "what a visit has, borrowed apart")]
    fn look(
        &mut self,
        mut input: Input<'_>,
        buffer: &mut [u8],
        table: &Table<'_>,
        known: &Known<impl Fn(Inode) -> bool, impl Fn(Inode) -> bool>,
        sockets: Option<usize>,
        coverage: &mut Coverage,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Errno> {
        let read = file::for_each_row(
            buffer,
            &Raw,
            |space| input.read(space),
            |number, line| match line {
                Ok(line) => {
                    self.note(number, line, known);
                    if self.text.len() < BLOCK {
                        return ControlFlow::Continue(());
                    }
                    self.hand_over(number + 1, coverage, &mut each)
                }
                Err(error) => {
                    self.hand_over(number + 1, coverage, &mut each)?;
                    coverage.rows += 1;
                    coverage.undecodable.push(Kind::Unix, number, error);
                    ControlFlow::Continue(())
                }
            },
        );
        if matches!(read, Ok(ControlFlow::Break(()))) {
            return read;
        }
        let whole = read.is_ok() && self.first == 1;
        if whole {
            self.confirm(buffer, table, sockets);
        }
        let is_first = whole && self.looks == 1;
        let is_live = table.root.is_live();
        if is_first
            && is_live
            && self.evidence.is_any_possible()
            && self.count(buffer, table, known)?
        {
            self.confirm(buffer, table, sockets);
        }
        // What was read before a failure is handed over all the same.
        let flow = self.hand_over(0, coverage, &mut each);
        read.map(|_| flow)
    }

    fn begin_again(&mut self) {
        self.text.clear();
        self.first = 1;
        self.looks += 1;
        self.evidence.begin_again();
    }

    fn begin(&mut self) {
        self.text.clear();
        self.first = 1;
        self.evidence.clear();
    }

    /// Keeps a line until it is handed over.
    fn note(
        &mut self,
        number: usize,
        line: &[u8],
        known: &Known<impl Fn(Inode) -> bool, impl Fn(Inode) -> bool>,
    ) {
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        match unix::Table.row(line, number) {
            None => self.evidence.other(),
            Some(Err(_)) => self.evidence.debris(line.len()),
            Some(Ok(row)) => {
                let owned = row.inode.is_some_and(&known.is_owned);
                let elsewhere = row.inode.is_some_and(&known.is_elsewhere);
                self.evidence.row(&row, line.len(), owned, elsewhere);
            }
        }
    }

    /// Hands over what was kept. `next` is the number of the line that comes next.
    fn hand_over(
        &mut self,
        next: usize,
        coverage: &mut Coverage,
        mut each: impl FnMut(&mut Coverage, Socket<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (at, line) in Lines::new(&self.text).enumerate() {
            let number = self.first + at;
            let is_known = matches!(self.evidence.mark(at), Mark::Debris | Mark::Repeated);
            match unix::Table.row(line, number) {
                None => continue,
                _ if is_known && self.looks > 1 => continue,
                Some(Err(error)) => coverage.undecodable.push(Kind::Unix, number, error),
                Some(Ok(row)) => match self.evidence.mark(at) {
                    Mark::Repeated => coverage.repeated += 1,
                    mark => {
                        coverage.recovered += u64::from(self.looks > 1);
                        let suspect = mark.is_suspect();
                        coverage.rows += 1;
                        each(coverage, Socket { suspect, ..Socket::from_unix(row) })?;
                        continue;
                    }
                },
            }
            coverage.rows += 1;
        }
        self.text.clear();
        self.first = next;
        self.evidence.next_block();
        ControlFlow::Continue(())
    }

    /// Asks socket diagnostics about the rows that are in doubt, where they tell of the same
    /// network: the text alone decides otherwise.
    fn confirm(&mut self, buffer: &mut [u8], table: &Table<'_>, sockets: Option<usize>) {
        let Unix { text, evidence, witness, asked, .. } = self;
        let (root, place) = (table.root, table.place);
        let doubts = evidence.doubts(sockets);
        if doubts == 0 || !root.is_live() || !place.is_own {
            return;
        }
        if witness.begin(root, place, doubts).is_err() {
            return;
        }
        asked.clear();
        let mut start = 0;
        for (line, bytes) in Lines::new(text).enumerate() {
            let lies = start..start + bytes.len();
            start = lies.end + 1;
            if !evidence.mark(line).is_doubtful() {
                continue;
            }
            let Some(Ok(row)) = unix::Table.row(bytes, line + 1) else { continue };
            let Some(inode) = row.inode else { continue };
            match witness.ask(root, place, &row) {
                Ok(word) => asked.push(Asked { line, inode, word, bytes: lies, stays: false }),
                // Half of an answer is none.
                Err(_) => return,
            }
        }
        self.see_what_stays(buffer, table);
        let Unix { evidence, asked, .. } = self;
        for Asked { line, inode, word, stays, .. } in &*asked {
            let is_same = |other: &&Asked| other.inode == *inode && other.word == Word::Same;
            let is_twin = evidence.mark(*line) == Mark::Twin;
            let alone = !is_twin || asked.iter().filter(is_same).count() == 1;
            match word {
                // It ended meanwhile, if the kernel does not print it any more.
                Word::None if !stays => evidence.judge(*line, Word::Named, alone),
                word => evidence.judge(*line, *word, alone),
            }
        }
    }

    /// Reads the table again for the rows whose inodes no socket has: a socket that was there
    /// before and is there after that was there meanwhile.
    fn see_what_stays(&mut self, buffer: &mut [u8], table: &Table<'_>) {
        let Unix { text, asked, .. } = self;
        if !asked.iter().any(|asked| asked.word == Word::None) {
            return;
        }
        let Ok(file) = table.open() else { return };
        let mut input = Input::fresh(file);
        // What could not be read does not stay.
        let _ = file::for_each_row(
            buffer,
            &Raw,
            |space| input.read(space),
            |_, line| {
                let Ok(line) = line else { return ControlFlow::Continue(()) };
                for asked in asked.iter_mut().filter(|asked| asked.word == Word::None) {
                    asked.stays |= text.get(asked.bytes.clone()) == Some(line);
                }
                ControlFlow::<()>::Continue(())
            },
        );
    }

    /// Compares the table with the kernel's own count of unix sockets, and reads it again as
    /// long as it has too many rows. Whether it was read again.
    fn count(
        &mut self,
        buffer: &mut [u8],
        table: &Table<'_>,
        known: &Known<impl Fn(Inode) -> bool, impl Fn(Inode) -> bool>,
    ) -> Result<bool, Errno> {
        let mut before = self.sockets(table);
        if !before.is_some_and(|sockets| self.evidence.exceeds(sockets)) {
            return Ok(false);
        }
        let mut confirmed = 0;
        for _try in 0..TRIES {
            self.read_again(buffer, table, known)?;
            let after = self.sockets(table);
            let Some(sockets) = after else { return Ok(true) };
            if before.replace(sockets) != after {
                // Sockets came and went: this reading shows nothing.
                continue;
            }
            if !self.evidence.exceeds(sockets) {
                return Ok(true);
            }
            confirmed += 1;
            if confirmed == CONFIRMED {
                self.evidence.condemn();
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Reads the table into the text, in place of what is there.
    fn read_again(
        &mut self,
        buffer: &mut [u8],
        table: &Table<'_>,
        known: &Known<impl Fn(Inode) -> bool, impl Fn(Inode) -> bool>,
    ) -> Result<(), Errno> {
        self.begin();
        let mut input = Input::fresh(table.open()?);
        let flow = file::for_each_row(
            buffer,
            &Raw,
            |space| input.read(space),
            |number, line| match line {
                Ok(line) if self.text.len() < MOST => {
                    self.note(number, line, known);
                    ControlFlow::Continue(())
                }
                _ => ControlFlow::Break(()),
            },
        )?;
        if flow.is_break() { Err(Errno::FBIG) } else { Ok(()) }
    }

    /// How many unix sockets there are in the network namespace of a table, as the kernel
    /// counts them.
    fn sockets(&mut self, table: &Table<'_>) -> Option<usize> {
        let sockets = count::unix(table.root, table.place, &mut self.small)?;
        usize::try_from(sockets).ok()
    }
}
