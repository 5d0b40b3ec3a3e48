//! The text of a table: that of the running kernel, which is exact, or that of a capture.

use procnet_core::capture::{Layout, Remarks, Repair};

use crate::{Kind, capture::is_swapped_loopback, socket::SocketRow};

/// How the lines of a table are taken. Monomorphized, so that the live path pays nothing.
pub(super) trait Text {
    /// The next line, as the kernel printed it; `None` if there is nothing to decode in it.
    fn line<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]>;

    /// The number of bytes removed from the start of the last line.
    fn removed(&self) -> usize {
        0
    }

    /// Notes that the last line did not end in a newline.
    fn cut(&mut self);

    /// Whether a row shows that the byte order is wrong.
    fn is_swapped(&self, _row: &SocketRow<'_>) -> bool {
        false
    }

    /// What is remarkable about a text of this many lines.
    fn remarks(&self, lines: usize) -> Remarks;
}

/// The text of the running kernel.
#[derive(Debug, Default)]
pub(super) struct Exact {
    cut: bool,
}

impl Text for Exact {
    #[inline(always)]
    fn line<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        Some(line)
    }

    fn cut(&mut self) {
        self.cut = true;
    }

    fn remarks(&self, lines: usize) -> Remarks {
        let mut remarks = Remarks::default();
        // Each table has a heading.
        (remarks.empty, remarks.cut) = (lines == 0, self.cut);
        remarks
    }
}

/// The text of a capture.
#[derive(Debug)]
pub(super) struct Captured {
    repair: Repair,
    compressed: bool,
}

impl Captured {
    /// `None` if the table of a kind has no known layout, which every one has.
    pub(super) fn new(kind: Kind, compressed: bool) -> Option<Captured> {
        let repair = Repair::new(Layout::of(kind.name())?);
        Some(Captured { repair, compressed })
    }
}

impl Text for Captured {
    fn line<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        self.repair.line(line)
    }

    fn removed(&self) -> usize {
        self.repair.removed()
    }

    fn cut(&mut self) {
        self.repair.cut();
    }

    fn is_swapped(&self, row: &SocketRow<'_>) -> bool {
        row.fields.ends.is_some_and(|ends| is_swapped_loopback(ends.local.ip()))
    }

    fn remarks(&self, _lines: usize) -> Remarks {
        let mut remarks = self.repair.remarks();
        remarks.compressed = self.compressed;
        remarks
    }
}
