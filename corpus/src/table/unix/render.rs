//! The table as kernels print it.

use super::naive::Row;
use crate::render::{Host, Kernel};

/// The heading, with its `\n`.
pub const HEADING: &str = "Num       RefCount Protocol Flags    Type St Inode Path\n";

/// A row, with its `\n`: net/unix/af_unix.c `unix_seq_show`. The name is the row's, byte for
/// byte: see [`abstract_name`].
#[must_use]
pub fn row(host: Host, row: &Row) -> Vec<u8> {
    let mut line = row.pointer.clone();
    let Row { refs, protocol, flags, kind, state, .. } = row;
    let inode = host.word.long(row.inode);
    line.extend(
        format!(": {refs:08X} {protocol:08X} {flags:08X} {kind:04X} {state:02X} {inode:>5}")
            .bytes(),
    );
    if let Some(name) = &row.name {
        line.push(b' ');
        line.extend(name);
    }
    line.push(b'\n');
    line
}

/// An abstract name (without its leading NUL) as printed.
#[must_use]
pub fn abstract_name(host: Host, name: &[u8]) -> Vec<u8> {
    let at = |byte: u8| if byte == 0 && host.kernel >= Kernel::V4_19 { b'@' } else { byte };
    [b'@'].into_iter().chain(name.iter().map(|byte| at(*byte))).collect()
}
