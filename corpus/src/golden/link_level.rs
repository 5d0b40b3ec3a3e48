//! Packet and netlink sockets.

use procnet_core::{
    escape::Escaped,
    table::{netlink, packet},
};

use super::{Rows, shown};

pub(crate) fn packet(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = packet::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = row.map(|row| {
            format!(
                "{} protocol={:04x} interface={} running={} rx={} uid={} inode={} refs={} pointer={}",
                row.kind,
                row.protocol,
                row.interface.map_or_else(|| "any".to_owned(), |index| index.to_string()),
                row.running,
                row.rx_queue,
                row.uid,
                shown(row.inode),
                row.refs,
                Escaped(row.pointer),
            )
        });
        found.push((rows.line(), row));
    }
    found
}

pub(crate) fn netlink_table(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = netlink::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = row.map(|row| {
            let word = |shown: Option<String>| shown.unwrap_or_else(|| "unknown".to_owned());
            format!(
                "{} port={} groups={:08x} rx={} tx={} dumping={} refs={} drops={} inode={} pointer={}",
                row.protocol,
                row.port,
                row.groups,
                row.rx_queue,
                row.tx_queue,
                word(row.dumping.map(|dumping| dumping.to_string())),
                row.refs,
                word(row.drops.map(|drops| drops.to_string())),
                shown(row.inode),
                Escaped(row.pointer),
            )
        });
        found.push((rows.line(), row));
    }
    found
}
