//! The naive decoder.

use crate::naive::text;

/// One socket, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `sk`
    pub pointer: Vec<u8>,
    /// `RefCnt`
    pub refs: u32,
    /// `Type`
    pub kind: u16,
    /// `Proto`
    pub protocol: u16,
    /// `Iface`, 0 included.
    pub interface: u32,
    /// `R`
    pub running: bool,
    /// `Rmem`
    pub rx_queue: u32,
    /// `User`
    pub uid: u32,
    /// `Inode`, 0 included.
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
    /// Nine columns.
    #[must_use]
    pub fn decode(line: &[u8]) -> Option<Row> {
        let columns = text::columns(line);
        let [pointer, refs, kind, protocol, interface, running, rmem, uid, inode, ..] =
            columns.as_slice()
        else {
            return None;
        };
        let number = |column: &[u8]| u32::try_from(text::decimal(column)?).ok();
        Some(Row {
            pointer: pointer.clone(),
            refs: number(refs)?,
            kind: u16::try_from(number(kind)?).ok()?,
            protocol: u16::try_from(text::hex(protocol)?).ok()?,
            interface: number(interface)?,
            running: match running.as_slice() {
                b"0" => false,
                b"1" => true,
                _ => return None,
            },
            rx_queue: number(rmem)?,
            uid: number(uid)?,
            inode: text::decimal(inode)?,
        })
    }
}
