//! Tables as people send them: repaired, they have the rows that the kernel printed.

use procnet_core::{
    capture::{Layout, Remarks, Repair, in_place},
    escape::Escaped,
};

use crate::{
    golden::Rows,
    naive::{repair, text},
    table::{Table, Variant},
};

/// What consoles, editors and mail do to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Each line ends in this many carriage returns.
    Returns(usize),
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// It follows blank lines.
    BlankLines(usize),
    /// Each line is indented by this many blanks.
    Indent(usize),
    /// Each blank is a tab.
    Tabs,
    /// Each tab is a blank.
    Blanks,
}

impl Damage {
    /// One of each, and some more.
    pub const ALL: [Damage; 9] = [
        Damage::Returns(1),
        Damage::Returns(2),
        Damage::ByteOrderMark,
        Damage::BlankLines(1),
        Damage::BlankLines(3),
        Damage::Indent(1),
        Damage::Indent(8),
        Damage::Tabs,
        Damage::Blanks,
    ];

    /// A damaged text.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Vec<u8> {
        let each = |with: &dyn Fn(&[u8]) -> Vec<u8>| {
            let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(with).collect();
            if bytes.ends_with(b"\n") {
                lines.pop();
                lines.push(Vec::new());
            }
            lines.join(&b'\n')
        };
        let replaced = |from: u8, to: u8| {
            bytes.iter().map(|byte| if *byte == from { to } else { *byte }).collect()
        };
        match self {
            Damage::Returns(count) => each(&|line| [line, &b"\r".repeat(count)].concat()),
            Damage::ByteOrderMark => [b"\xEF\xBB\xBF", bytes].concat(),
            Damage::BlankLines(count) => [&b"\n".repeat(count), bytes].concat(),
            Damage::Indent(count) => each(&|line| [&b" ".repeat(count), line].concat()),
            Damage::Tabs => replaced(b' ', b'\t'),
            Damage::Blanks => replaced(b'\t', b' '),
        }
    }

    /// Whether it changes what cannot be told from a part of a name, or from another column.
    fn is_doubtful(self, name: &str) -> bool {
        match name {
            "unix" => matches!(self, Damage::Tabs | Damage::Blanks),
            // Whether there is a device depends on the number of blanks.
            "ptype" => self == Damage::Tabs,
            // A security context may contain blanks.
            "nf_conntrack" => self == Damage::Tabs,
            _ => false,
        }
    }

    /// Whether kernels print the same, elsewhere in the table.
    fn is_usual(self, name: &str) -> bool {
        let has_tabs = ["route", "igmp", "snmp6", "dev_snmp6"].contains(&name);
        has_tabs && self == Damage::Tabs
            // Rows and the heading of these are indented by up to three blanks.
            || self == Damage::Indent(1) && Layout::of(name) == Layout::of("tcp")
    }

    fn added_lines(self) -> usize {
        if let Damage::BlankLines(count) = self { count } else { 0 }
    }
}

/// The name of a table's file below `/proc/net`, if people send it.
#[must_use]
pub fn name(variant: Variant) -> Option<&'static str> {
    let name = variant.file.strip_prefix("net/")?;
    let name = name.strip_suffix("/*").unwrap_or(name);
    Layout::of(name).map(|_| name)
}

/// A table with these damages, repaired, has the rows that the kernel printed, and the numbers of
/// their lines.
pub fn sent(table: &dyn Table, bytes: &[u8], variant: Variant, damages: &[Damage]) -> bool {
    let Some(name) = name(variant) else { return false };
    if damages.iter().any(|damage| damage.is_doubtful(name)) {
        return false;
    }
    let mut damaged = bytes.to_vec();
    let mut added = 0;
    // A byte order mark comes before everything else.
    let is_mark = |damage: &&Damage| **damage == Damage::ByteOrderMark;
    for damage in damages.iter().filter(|it| !is_mark(it)).chain(damages.iter().filter(is_mark)) {
        damaged = damage.of(&damaged);
        added += damage.added_lines();
    }
    let remarks = same(&damaged, name);
    let is_noticed = damages.iter().any(|damage| !damage.is_usual(name));
    assert!(
        damaged == bytes || !is_noticed || !remarks.is_exact(),
        "{name}, {damages:?}: nothing was forgiven"
    );
    assert_eq!(remarks.cut, !bytes.ends_with(b"\n") && !bytes.is_empty());
    let mut text = damaged;
    let (repaired, _) = in_place(&mut text, Layout::of(name).expect("a layout"));
    let mut expected = table.rows(bytes, variant);
    expected.iter_mut().for_each(|(line, _)| *line += added);
    let found = rows(table, repaired, variant);
    // The offsets of errors differ.
    let shown = |rows: &Rows| -> Vec<(usize, Result<String, String>)> {
        let row = |(line, row): &(usize, Result<String, _>)| {
            (*line, row.clone().map_err(|error: procnet_core::Error| error.kind().to_string()))
        };
        rows.iter().map(row).collect()
    };
    assert_eq!(shown(&found), shown(&expected), "{name}, {damages:?}");
    // Whatever is left, the fast decoder agrees with the naive one.
    table.check(repaired, variant);
    true
}

/// The rows of a repaired table. In that of unix sockets, where a blank line is an error, not those
/// that were blank lines or a heading.
#[must_use]
pub fn rows(table: &dyn Table, repaired: &[u8], variant: Variant) -> Rows {
    let lines = text::lines(repaired);
    let begin = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let mut rows = table.rows(repaired, variant);
    rows.retain(|(line, _)| *line > begin);
    rows
}

/// Any text, repaired as a whole and line by line, is what the naive repair returns.
pub fn same(bytes: &[u8], name: &str) -> Remarks {
    let layout = Layout::of(name).unwrap_or_else(|| panic!("{name} has no layout"));
    let naive = repair::repaired(bytes, name);
    let mut text = bytes.to_vec();
    let (whole, remarks) = in_place(&mut text, layout);
    assert!(whole == naive, "{name}: {}, naive {}", Escaped(whole), Escaped(&naive));
    let mut repair = Repair::new(layout);
    let mut lines = text::lines(&naive);
    // The last line may have become blank.
    lines.resize(text::lines(bytes).len(), Vec::new());
    for (line, expected) in text::lines(bytes).iter().zip(&lines) {
        let repaired = repair.line(line);
        assert_eq!(repaired.unwrap_or_default(), expected, "{name}: {}", Escaped(line));
        let removed = repaired.map_or(0, |_| repair.removed());
        assert!(line[removed..].starts_with(expected), "{name}: {removed} in {}", Escaped(line));
    }
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        repair.cut();
    }
    assert_eq!(repair.remarks(), remarks);
    remarks
}
