//! The table of unix sockets, read in blocks: before a row is reported, it is assessed together
//! with the rows around it, see [`suspect`](super::suspect).

use std::ops::{ControlFlow, Range};

use procnet_core::{
    Error as DecodeError, Inode, Lines, Step,
    table::{Table as _, unix},
};
use rustix::io::Errno;

use super::{
    Input, open,
    suspect::{CONFIRMED, Evidence, MAX_READINGS, RowStatus},
    text::{Captured, Exact, Text},
    verifier::{DiagVerifier, Verdict},
};
use crate::{
    Kind,
    line_reader::LineReader,
    sink::Sink,
    socket::unix_row,
    source::{count, diag::SharedClient, looks::may_look_again, request::Request},
};

/// The amount of text assessed together: the tables of most hosts are smaller.
const BLOCK: usize = 1 << 20;

/// If the table grows beyond this while it is read again, it is not the kernel's.
const MAX_TEXT: usize = 64 << 20;

/// Reads the table of unix sockets. Its buffers are reused.
#[derive(Debug)]
pub(super) struct UnixTable {
    /// Whole lines.
    text: Vec<u8>,
    /// The number of its first line, counted from 1.
    first: usize,
    evidence: Evidence,
    verifier: DiagVerifier,
    /// The rows that sock_diag was asked about.
    doubtful: Vec<Doubtful>,
    /// The content of a small file.
    small: Vec<u8>,
    /// Whether the last line kept does not end in a newline.
    is_cut: bool,
}

/// A row that sock_diag was asked about.
#[derive(Debug)]
struct Doubtful {
    /// Its line in the text, counted from 0.
    line: usize,
    inode: Inode,
    verdict: Verdict,
    /// Its position in the text.
    bytes: Range<usize>,
    /// Whether it was still there after the kernel reported no socket with its inode.
    still_listed: bool,
}

impl UnixTable {
    pub(super) fn new(client: &SharedClient) -> UnixTable {
        UnixTable {
            text: Vec::new(),
            first: 1,
            evidence: Evidence::default(),
            verifier: DiagVerifier::new(client),
            doubtful: Vec::new(),
            small: Vec::new(),
            is_cut: false,
        }
    }

    /// Reports the rows of a table, each once. `Break` if the sink has had enough.
    pub(super) fn read(
        &mut self,
        first: Input<'_>,
        buffer: &mut [u8],
        mut captured: Option<Captured>,
        request: &Request<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<()>, Errno> {
        self.begin();
        let is_live = request.root.is_live();
        let mut sockets = is_live.then(|| self.sockets(request)).flatten();
        let mut input = first;
        let mut is_settled = false;
        for look in 1.. {
            sink.begin_look(look);
            let mut failure = None;
            let mut reader = LineReader::new(buffer, |space| input.read(space));
            let mut number = 0;
            loop {
                let lines = match reader.next() {
                    Ok(None | Some(Step::End | Step::More)) => break,
                    Ok(Some(Step::Lines(lines))) => lines,
                    Ok(Some(Step::Cut(line))) => {
                        self.is_cut = true;
                        captured.iter_mut().for_each(Text::cut);
                        Lines::new(line)
                    }
                    Ok(Some(Step::TooLong(start))) => {
                        number += 1;
                        if self.report(number + 1, request, sink).is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                        sink.undecodable(
                            Kind::Unix,
                            Some(number),
                            DecodeError::too_long(start.len()),
                        );
                        continue;
                    }
                    Err(errno) => {
                        failure = Some(errno);
                        break;
                    }
                };
                for line in lines {
                    number += 1;
                    let line = match &mut captured {
                        Some(captured) => captured.line(line),
                        None => Some(line),
                    };
                    let Some(line) = line else {
                        // Only lines before the first row have nothing to decode.
                        self.first = number + 1;
                        continue;
                    };
                    self.note(number, line, sink);
                    if self.text.len() >= BLOCK && self.report(number + 1, request, sink).is_break()
                    {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            let is_whole = failure.is_none() && self.first == 1;
            if is_whole {
                self.verify(buffer, request, sockets);
            }
            if is_whole
                && look == 1
                && is_live
                && self.evidence.is_any_possible()
                && self.confirm(buffer, request, sink)?
            {
                self.verify(buffer, request, sockets);
            }
            if failure.is_none() {
                let remarks = match &captured {
                    Some(captured) => captured.remarks(number),
                    None => Exact::default().remarks(number),
                };
                sink.coverage.remark(Kind::Unix, remarks);
            }
            // Rows read before a failure are reported nevertheless.
            if self.report(0, request, sink).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            failure.map_or(Ok(()), Err)?;
            // The kernel resumes the table by counting entries of its hash, and leaves rows out if
            // sockets come and go. Equal numbers of rows and sockets do not prove that none was
            // left out, as another socket may have come and gone; a further read without new rows
            // does.
            is_settled = sockets.is_none() || (look > 1 && sink.new_rows() == 0);
            if is_settled || !may_look_again(look, sink.rows()) {
                break;
            }
            sockets = self.sockets(request);
            // Sockets already reported remain valid, even if the table can no longer be read.
            let Ok(file) = open(request) else { break };
            input = Input::fresh(file);
            self.text.clear();
            self.first = 1;
            self.evidence.begin_again();
        }
        if !is_settled {
            sink.coverage.unsettled = sink.coverage.unsettled | Kind::Unix.into();
        }
        Ok(ControlFlow::Continue(()))
    }

    fn begin(&mut self) {
        self.text.clear();
        self.first = 1;
        self.is_cut = false;
        self.evidence.clear();
    }

    /// Keeps a line until it is reported.
    fn note(&mut self, number: usize, line: &[u8], sink: &Sink<'_>) {
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        match unix::Table.row(line, number) {
            None => self.evidence.not_a_row(),
            Some(Err(_)) => self.evidence.undecodable(line.len()),
            Some(Ok(row)) => {
                let owned = row.inode.is_some_and(|inode| sink.is_owned(inode));
                let in_other_table = row.inode.is_some_and(|inode| sink.is_in_other_table(inode));
                self.evidence.row(&row, line.len(), owned, in_other_table);
            }
        }
    }

    /// Reports the kept rows. `next` is the number of the next line.
    fn report(
        &mut self,
        next: usize,
        request: &Request<'_>,
        sink: &mut Sink<'_>,
    ) -> ControlFlow<()> {
        // The cut line, if any, is in the last block.
        let cut = (self.is_cut && next == 0).then_some(self.text.len());
        let mut end = 0;
        for (at, line) in Lines::new(&self.text).enumerate() {
            let number = self.first + at;
            end += line.len() + 1;
            let row = match unix::Table.row(line, number) {
                None => continue,
                Some(Err(error)) => {
                    sink.undecodable(Kind::Unix, Some(number), error);
                    continue;
                }
                Some(Ok(row)) => row,
            };
            let status = self.evidence.status(at);
            if status == RowStatus::Repeated {
                sink.repeat();
                continue;
            }
            let mut row = unix_row(request.order, line, &row);
            row.fields.suspect = status.is_suspect();
            if cut == Some(end) {
                row.fields.suspect = true;
                sink.coverage.cut(Kind::Unix);
            }
            row.is_distinct = true;
            sink.row(&row)?;
        }
        self.text.clear();
        self.first = next;
        self.evidence.next_block();
        ControlFlow::Continue(())
    }

    /// Verifies doubtful rows with sock_diag, if it reports the same network namespace; otherwise
    /// the text alone decides.
    fn verify(&mut self, buffer: &mut [u8], request: &Request<'_>, sockets: Option<usize>) {
        let UnixTable { text, evidence, verifier, doubtful, .. } = self;
        let (root, netns) = (request.root, request.netns);
        let doubts = evidence.doubts(sockets);
        if doubts == 0 || !root.is_live() || !netns.is_callers {
            return;
        }
        if verifier.begin(root, netns, doubts).is_err() {
            return;
        }
        doubtful.clear();
        let mut start = 0;
        for (line, bytes) in Lines::new(text).enumerate() {
            let lies = start..start + bytes.len();
            start = lies.end + 1;
            if !evidence.status(line).is_doubtful() {
                continue;
            }
            let Some(Ok(row)) = unix::Table.row(bytes, line + 1) else { continue };
            let Some(inode) = row.inode else { continue };
            match verifier.verify(root, netns, &row) {
                Ok(verdict) => {
                    doubtful.push(Doubtful {
                        line,
                        inode,
                        verdict,
                        bytes: lies,
                        still_listed: false,
                    });
                }
                // An incomplete answer proves nothing.
                Err(_) => return,
            }
        }
        self.check_still_listed(buffer, request);
        let UnixTable { evidence, doubtful, .. } = self;
        for Doubtful { line, inode, verdict, still_listed, .. } in &*doubtful {
            let is_same =
                |other: &&Doubtful| other.inode == *inode && other.verdict == Verdict::Same;
            let is_duplicate = evidence.status(*line) == RowStatus::DuplicateInode;
            let alone = !is_duplicate || doubtful.iter().filter(is_same).count() == 1;
            match verdict {
                // If the kernel no longer prints it, it has closed meanwhile.
                Verdict::None if !still_listed => evidence.apply(*line, Verdict::Named, alone),
                verdict => evidence.apply(*line, *verdict, alone),
            }
        }
    }

    /// Reads the table again for the rows whose inodes no socket has: a socket that is listed
    /// before and after sock_diag was asked existed in between.
    fn check_still_listed(&mut self, buffer: &mut [u8], request: &Request<'_>) {
        let UnixTable { text, doubtful, .. } = self;
        let mut gone = doubtful.iter_mut().filter(|row| row.verdict == Verdict::None).peekable();
        if gone.peek().is_none() {
            return;
        }
        let Ok(file) = open(request) else { return };
        let mut gone: Vec<&mut Doubtful> = gone.collect();
        let mut input = Input::fresh(file);
        let mut reader = LineReader::new(buffer, |space| input.read(space));
        // A row that could not be read again does not count as still there.
        while let Ok(Some(step)) = reader.next() {
            let Step::Lines(lines) = step else { continue };
            for line in lines {
                for row in &mut gone {
                    row.still_listed |= text.get(row.bytes.clone()) == Some(line);
                }
            }
        }
    }

    /// Compares the table with the kernel's own count of unix sockets, and reads it again as long
    /// as it has too many rows: see rule 4. Returns whether it was read again.
    fn confirm(
        &mut self,
        buffer: &mut [u8],
        request: &Request<'_>,
        sink: &Sink<'_>,
    ) -> Result<bool, Errno> {
        let mut before = self.sockets(request);
        if !before.is_some_and(|sockets| self.evidence.exceeds(sockets)) {
            return Ok(false);
        }
        let mut confirmed = 0;
        for _reading in 0..MAX_READINGS {
            self.read_again(buffer, request, sink)?;
            let after = self.sockets(request);
            let Some(sockets) = after else { return Ok(true) };
            if before.replace(sockets) != after {
                // Sockets came and went: this reading proves nothing.
                continue;
            }
            if !self.evidence.exceeds(sockets) {
                return Ok(true);
            }
            confirmed += 1;
            if confirmed == CONFIRMED {
                self.evidence.suspect_possible();
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Replaces the text by reading the table again.
    fn read_again(
        &mut self,
        buffer: &mut [u8],
        request: &Request<'_>,
        sink: &Sink<'_>,
    ) -> Result<(), Errno> {
        self.begin();
        let mut input = Input::fresh(open(request)?);
        let mut reader = LineReader::new(buffer, |space| input.read(space));
        let mut number = 0;
        while let Some(step) = reader.next()? {
            let Step::Lines(lines) = step else { return Err(Errno::FBIG) };
            for line in lines {
                number += 1;
                if self.text.len() >= MAX_TEXT {
                    return Err(Errno::FBIG);
                }
                self.note(number, line, sink);
            }
        }
        Ok(())
    }

    /// The kernel's count of unix sockets in the network namespace of a table.
    fn sockets(&mut self, request: &Request<'_>) -> Option<usize> {
        let sockets = count::unix(request.root, request.netns, &mut self.small)?;
        usize::try_from(sockets).ok()
    }
}
