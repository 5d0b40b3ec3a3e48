//! Packet sockets: `/proc/net/packet`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{ByteOrder, Error, Inode, escape::Escaped, table::packet};

use super::{CoreRow, LineTable};
use crate::{
    golden::shown,
    render::{File, Host},
};

/// `/proc/net/packet`
pub struct Packet;

impl LineTable for Packet {
    type Core = packet::Table;
    type Row<'a> = naive::Row;

    const NAME: &'static str = "packet";
    const FILES: &'static [&'static str] = &["net/packet"];

    fn core(_: ByteOrder) -> packet::Table {
        packet::Table
    }

    fn decode(_: packet::Table, line: &[u8]) -> Result<packet::Row<'_>, Error> {
        packet::Row::decode(line)
    }

    fn row<'a>(row: CoreRow<'a, Self>) -> Self::Row<'a> {
        naive::Row {
            pointer: row.pointer.to_vec(),
            refs: row.refs,
            kind: row.kind.0,
            protocol: row.protocol,
            interface: row.interface.map_or(0, std::num::NonZero::get),
            running: row.running,
            rx_queue: row.rx_queue,
            uid: row.uid,
            inode: row.inode.map_or(0, Inode::get),
        }
    }

    fn naive(_: packet::Table, line: &[u8], number: usize) -> Option<Option<naive::Row>> {
        naive::row(line, number)
    }

    fn words(row: &CoreRow<'_, Self>) -> String {
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
    }

    fn heading(host: Host) -> String {
        render::heading(host)
    }

    fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8> {
        render::row(host, row)
    }

    fn rendered(host: Host) -> Vec<File> {
        vec![("net/packet".to_owned(), capture::table(host))]
    }

    #[cfg(feature = "generate")]
    fn generate() -> proptest::strategy::BoxedStrategy<(Vec<u8>, super::Variant)> {
        generate::files()
    }
}
