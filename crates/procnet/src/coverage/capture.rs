//! What a capture lacks, and what is doubtful about its texts.

use std::fmt;

use procnet_core::capture::Remarks;

use super::{Coverage, Report};
use crate::{Kind, Kinds};

impl Coverage {
    /// Adds what is remarkable about the text of a table.
    pub(crate) fn remark(&mut self, kind: Kind, remarks: Remarks) {
        if remarks == Remarks::default() {
            return;
        }
        match self.remarks.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, known)) => *known = known.and(remarks),
            None => self.remarks.push((kind, remarks)),
        }
    }

    /// Notes that the next row of a table may be cut.
    #[cold]
    pub(crate) fn cut(&mut self, kind: Kind) {
        let mut remarks = Remarks::default();
        remarks.cut = true;
        self.remark(kind, remarks);
    }

    /// Whether the text of a table ended within a row.
    pub(crate) fn is_cut(&self, kind: Kind) -> bool {
        self.remarks.iter().any(|(other, remarks)| *other == kind && remarks.cut)
    }
}

pub(super) fn each_gap(
    not_captured: Kinds,
    remarks: &[(Kind, Remarks)],
    swapped: u64,
    report: &mut Report<'_>,
) -> fmt::Result {
    for kind in not_captured.iter() {
        report(format_args!("table {kind}: not in this capture"))?;
    }
    for (kind, remarks) in remarks {
        remarks.doubts().try_for_each(|doubt| report(format_args!("table {kind} {doubt}")))?;
    }
    match swapped {
        0 => Ok(()),
        swapped => report(format_args!(
            "loopback addresses read 1.0.0.127 or ::100:0 in {swapped} rows: the capture is \
             probably of a host with the other byte order"
        )),
    }
}
