//! The table as kernels print it.

use super::naive::Row;
use crate::render::{Host, Kernel, Word};

/// The heading, with its `\n`.
#[must_use]
pub fn heading(host: Host) -> String {
    let width = match host.word {
        _ if host.kernel < Kernel::V6_1 => 9,
        Word::Bits32 => 9,
        Word::Bits64 => 17,
    };
    format!("{:<width$}RefCnt Type Proto  Iface R Rmem   User   Inode\n", "sk")
}

/// A row, with its `\n`: net/packet/af_packet.c `packet_seq_show`.
#[must_use]
pub fn row(host: Host, row: &Row) -> Vec<u8> {
    let mut line = row.pointer.clone();
    let Row { refs, kind, protocol, interface, rx_queue, uid, .. } = row;
    let (running, inode) = (u8::from(row.running), host.word.long(row.inode));
    line.extend(
        format!(
            " {refs:<6} {kind:<4} {protocol:04x}   {interface:<5} {running:1} {rx_queue:<6} \
             {uid:<6} {inode:<6}\n"
        )
        .bytes(),
    );
    line
}
