//! Tables as people send them: through a serial console, an editor, a chat or a mail.
//!
//! The decoders accept what kernels print, and nothing else. On the way here, a table may have got
//! carriage returns, a byte order mark, blank lines or an indentation before its heading, and tabs
//! in place of blanks or the other way round. A [`Repair`] undoes what can be undone without doubt,
//! line by line or for [a whole text](in_place), and [remarks](Remarks) what it forgave. It also
//! remarks what makes the answer doubtful: a text that is empty, that lacks the heading that every
//! kernel prints, or that ends within a line.
//!
//! ```
//! use procnet_core::{capture, counter::dev};
//!
//! let layout = capture::Layout::of("dev").unwrap();
//! let mut text = *b"\xEF\xBB\xBFInter-|   Receive | Transmit\r\n face |bytes\tpackets\r\n\
//!                   lo:\t480 6 0 0 0 0 0 0 480 6 0 0 0 0 0 0\r\n";
//! let (text, remarks) = capture::in_place(&mut text, layout);
//! assert_eq!(dev::Table.rows(text).next().unwrap()?.name(), b"lo");
//! assert_eq!(remarks.to_string(), "a byte order mark, carriage returns, tabs for blanks");
//! assert!(remarks.is_whole());
//! # Ok::<(), procnet_core::Error>(())
//! ```
//!
//! Whoever wrote a capture can put anything into it: a repaired line is decoded like any other, and
//! no input makes it longer.

mod layout;
mod remarks;

use core::ops::Range;

use self::layout::Heading;
pub use self::{layout::Layout, remarks::Remarks};
use crate::field::{is_blank, is_blank_line};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Repairs the lines of one text, from the first to the last.
#[derive(Clone, Debug)]
pub struct Repair {
    layout: &'static Layout,
    /// The number of lines seen, and whether one of them was not blank.
    lines: usize,
    has_begun: bool,
    /// The number of lines of the heading seen.
    heading: usize,
    /// The number of blanks that every line begins with because its heading does.
    indent: usize,
    /// The number of carriage returns at the end of the first line.
    returns: usize,
    removed: usize,
    remarks: Remarks,
}

impl Repair {
    /// For a text of this layout.
    #[must_use]
    pub fn new(layout: &'static Layout) -> Repair {
        Repair {
            layout,
            lines: 0,
            has_begun: false,
            heading: 0,
            indent: 0,
            returns: 0,
            removed: 0,
            remarks: Remarks::default(),
        }
    }

    /// The next line as the kernel printed it. `None` if it has nothing to decode: it is blank, or
    /// the heading of a table whose columns are always the same.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        let kept = self.keep(line)?;
        self.removed = kept.start;
        line.get(kept)
    }

    /// The number of bytes removed from the start of the last line, for the offsets of
    /// [errors](crate::Error::behind).
    #[must_use]
    pub fn removed(&self) -> usize {
        self.removed
    }

    /// Notes that the last line did not end in a newline.
    pub fn cut(&mut self) {
        self.remarks.cut = true;
    }

    /// What was forgiven, and what is doubtful, after the last line.
    #[must_use]
    pub fn remarks(&self) -> Remarks {
        let mut remarks = self.remarks;
        remarks.empty = !self.has_begun && !self.layout.may_be_empty;
        // There is nothing to forgive in a text of blank lines.
        remarks.blank_lines &= self.has_begun;
        remarks.no_heading |= self.has_begun && self.heading < self.layout.heading.lines().len();
        remarks
    }

    /// The part of a line to decode.
    fn keep(&mut self, line: &[u8]) -> Option<Range<usize>> {
        let mut from = 0;
        if self.lines == 0 {
            if line.starts_with(BYTE_ORDER_MARK) {
                self.remarks.byte_order_mark = true;
                from = BYTE_ORDER_MARK.len();
            }
            self.remarks.utf16 = line.starts_with(b"\xFF\xFE") || line.starts_with(b"\xFE\xFF");
        }
        self.lines += 1;
        if self.remarks.utf16 {
            self.has_begun = true;
            self.heading = self.layout.heading.lines().len();
            return None;
        }
        let to = self.without_returns(line);
        let text = line.get(from..to).unwrap_or_default();
        if is_blank_line(text) {
            self.remarks.blank_lines |= !self.has_begun;
            // In the middle of a table of names it may be a part of one.
            return (self.has_begun && self.layout.has_names).then_some(from..to);
        }
        let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
        let is_first = !self.has_begun;
        self.has_begun = true;
        if is_first {
            self.remarks.indent |= blanks > self.layout.indent;
        }
        self.note_tabs(text);
        if let Some(words) = self.layout.heading.lines().get(self.heading) {
            if begins_with(text, words) {
                if is_first && self.layout.indent == 0 {
                    self.indent = blanks;
                }
                self.heading += 1;
                let is_decoded = matches!(self.layout.heading, Heading::Names(_));
                return is_decoded.then_some(from..to);
            }
            self.remarks.no_heading = true;
            self.heading = self.layout.heading.lines().len();
        }
        let removed = if self.layout.has_prefix {
            self.remarks.indent |= blanks > 0;
            blanks
        } else {
            blanks.min(self.indent)
        };
        Some(from + removed..to)
    }

    /// The length of a line without carriage returns at its end. The name of a unix socket may end
    /// in one: there, only as many are removed as the first line has.
    fn without_returns(&mut self, line: &[u8]) -> usize {
        let returns = line.iter().rev().take_while(|byte| **byte == b'\r').count();
        if !self.has_begun {
            self.returns = returns;
        }
        let removed = if self.layout.has_names { returns.min(self.returns) } else { returns };
        self.remarks.carriage_returns |= removed > 0;
        line.len() - removed
    }

    /// Notes tabs where kernels print blanks, and lines without tabs where they print tabs.
    fn note_tabs(&mut self, line: &[u8]) {
        // A name may contain tabs; the heading does not.
        let is_text = self.layout.has_names && self.heading > 0;
        let has_tabs = line.contains(&b'\t');
        self.remarks.tabs |= has_tabs && !self.layout.has_tabs && !is_text;
        self.remarks.blanks |= !has_tabs && self.layout.has_tabs;
    }
}

/// Whether a line begins with these words.
fn begins_with(line: &[u8], words: &[&str]) -> bool {
    let mut found = line.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty());
    words.iter().all(|word| found.next() == Some(word.as_bytes()))
}

/// Repairs a whole text where it is, and returns what is left of it.
///
/// Each line keeps its number: the lines of a heading that has nothing to decode become blank.
/// The decoder of `unix`, where blank lines may be parts of names, takes those for errors: repair
/// that table line by line, with a [`Repair`].
///
/// The text is no longer than before. If it [ends within a line](Remarks::cut), so does what is
/// left of it.
pub fn in_place<'t>(text: &'t mut [u8], layout: &'static Layout) -> (&'t [u8], Remarks) {
    let mut repair = Repair::new(layout);
    let (mut start, mut end) = (0, 0);
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let newline = memchr::memchr(b'\n', rest);
        let length = newline.unwrap_or(rest.len());
        let kept = repair.keep(rest.get(..length).unwrap_or_default()).unwrap_or_default();
        for at in kept {
            if let Some(byte) = text.get(start + at).copied() {
                put(text, &mut end, byte);
            }
        }
        match newline {
            Some(_) => put(text, &mut end, b'\n'),
            None => repair.cut(),
        }
        start += length + 1;
    }
    (text.get(..end).unwrap_or_default(), repair.remarks())
}

/// Appends a byte to the repaired part of a text.
fn put(text: &mut [u8], end: &mut usize, byte: u8) {
    if let Some(place) = text.get_mut(*end) {
        *place = byte;
        *end += 1;
    }
}
