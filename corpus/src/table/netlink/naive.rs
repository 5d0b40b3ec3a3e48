//! The naive decoder.

use crate::naive::text;

/// One socket, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `sk`
    pub pointer: Vec<u8>,
    /// `Eth`
    pub protocol: u16,
    /// `Pid`
    pub port: u32,
    /// `Groups`
    pub groups: u32,
    /// `Rmem`
    pub rx_queue: u32,
    /// `Wmem`
    pub tx_queue: u32,
    /// `Dump`, if it is printed.
    pub dumping: Option<bool>,
    /// `Locks`
    pub refs: u32,
    /// `Drops`, if the column exists.
    pub drops: Option<u32>,
    /// `Inode`, which may be 0; 0 if the column does not exist.
    pub inode: u64,
}

/// The row in a line of a file; `None` for a heading or a blank line, `Some(None)` for a line
/// that is not a row.
#[must_use]
pub fn row(line: &[u8], number: usize) -> Option<Option<Row>> {
    let heading = number == 1 && line.starts_with(b"sk ");
    let blank = text::columns(line).is_empty();
    if heading || blank { None } else { Some(Row::decode(line)) }
}

impl Row {
    /// Eight columns, nine or ten.
    #[must_use]
    pub fn decode(line: &[u8]) -> Option<Row> {
        let columns = text::columns(line);
        let [pointer, protocol, port, groups, rmem, wmem, dump, locks, more @ ..] =
            columns.as_slice()
        else {
            return None;
        };
        let number = |column: &[u8]| u32::try_from(text::decimal(column)?).ok();
        let zeros = dump.iter().all(|byte| *byte == b'0');
        Some(Row {
            pointer: pointer.clone(),
            protocol: u16::try_from(number(protocol)?).ok()?,
            port: text::either_sign(port)?,
            groups: u32::try_from(text::hex(groups)?).ok()?,
            rx_queue: number(rmem)?,
            tx_queue: number(wmem)?,
            dumping: if zeros && dump.len() > 1 { None } else { Some(!zeros && dump != b"(null)") },
            refs: number(locks)?,
            drops: match more.first() {
                Some(drops) => Some(text::either_sign(drops)?),
                None => None,
            },
            inode: match more.get(1) {
                Some(inode) => text::decimal(inode)?,
                None => 0,
            },
        })
    }
}
