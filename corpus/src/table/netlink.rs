//! Netlink sockets: `/proc/net/netlink`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{ByteOrder, Error, Inode, escape::Escaped, table::netlink};

use super::{CoreRow, LineTable};
use crate::{
    golden::shown,
    render::{File, Host},
};

/// `/proc/net/netlink`
pub struct Netlink;

impl LineTable for Netlink {
    type Core = netlink::Table;
    type Row<'a> = naive::Row;

    const NAME: &'static str = "netlink";
    const FILES: &'static [&'static str] = &["net/netlink"];

    fn core(_: ByteOrder) -> netlink::Table {
        netlink::Table
    }

    fn decode(_: netlink::Table, line: &[u8]) -> Result<netlink::Row<'_>, Error> {
        netlink::Row::decode(line)
    }

    fn row<'a>(row: CoreRow<'a, Self>) -> Self::Row<'a> {
        naive::Row {
            pointer: row.pointer.to_vec(),
            protocol: row.protocol.0,
            port: row.port,
            groups: row.groups,
            rx_queue: row.rx_queue,
            tx_queue: row.tx_queue,
            dumping: row.dumping,
            refs: row.refs,
            drops: row.drops,
            inode: row.inode.map_or(0, Inode::get),
        }
    }

    fn naive(_: netlink::Table, line: &[u8], number: usize) -> Option<Option<naive::Row>> {
        naive::row(line, number)
    }

    fn words(row: &CoreRow<'_, Self>) -> String {
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
    }

    fn heading(host: Host) -> String {
        render::heading(host).to_owned()
    }

    fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8> {
        render::row(host, row)
    }

    /// Older kernels print fewer columns, or others.
    fn prints_all(host: Host, row: &Self::Row<'_>) -> bool {
        host == Host::newest(host.order) && row.drops.is_some() && row.dumping.is_some()
    }

    fn rendered(host: Host) -> Vec<File> {
        vec![("net/netlink".to_owned(), capture::table(host))]
    }

    #[cfg(feature = "generate")]
    fn generate() -> proptest::strategy::BoxedStrategy<(Vec<u8>, super::Variant)> {
        generate::files()
    }
}
