//! The table as kernels print it.

use super::naive::Row;
use crate::render::{Host, Kernel};

/// The heading, with its `\n`.
#[must_use]
pub fn heading(host: Host) -> &'static str {
    if host.kernel >= Kernel::V4_19 {
        "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
    } else if host.kernel > Kernel::V2_6_24 {
        "sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks     Drops     Inode\n"
    } else {
        "sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks\n"
    }
}

/// A row, with its `\n`: net/netlink/af_netlink.c `netlink_seq_show`, since 5.10
/// `netlink_native_seq_show`. Kernels that print a pointer for a running dump get the socket's.
#[must_use]
pub fn row(host: Host, row: &Row) -> Vec<u8> {
    let Row { protocol, port, groups, rx_queue, tx_queue, dumping, refs, .. } = row;
    let dump = match dumping {
        _ if host.kernel >= Kernel::V4_4 => u8::from(*dumping == Some(true)).to_string(),
        Some(true) => String::from_utf8_lossy(&row.pointer).into_owned(),
        // A pointer's width, as `vsprintf` gives it.
        Some(false) => format!("{:>1$}", "(null)", row.pointer.len()),
        None => "0".repeat(row.pointer.len()),
    };
    let port = match host.kernel {
        kernel if kernel >= Kernel::V4_19 => format!("{port:<10}"),
        kernel if kernel >= Kernel::V4_4 => format!("{port:<6}"),
        _ => format!("{:<6}", port.cast_signed()),
    };
    let drops = row.drops.unwrap_or(0);
    let drops = match host.kernel {
        kernel if kernel >= Kernel::V5_10 => drops.to_string(),
        _ => drops.cast_signed().to_string(),
    };
    let inode = host.word.long(row.inode);
    let start = format!(" {protocol:<3} {port} {groups:08x} {rx_queue:<8} {tx_queue:<8} ");
    let end = match host.kernel {
        Kernel::V2_6_24 => format!("{dump} {refs}\n"),
        kernel if kernel >= Kernel::V4_19 => {
            format!("{dump:<5} {refs:<8} {drops:<8} {inode:<8}\n")
        }
        _ => format!("{dump} {refs:<8} {drops:<8} {inode:<8}\n"),
    };
    [&row.pointer[..], start.as_bytes(), end.as_bytes()].concat()
}
