//! Unix sockets: `/proc/net/unix`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{ByteOrder, Error, Inode, escape::Escaped, table::unix};

use super::{CoreRow, LineTable};
use crate::{
    golden::shown,
    render::{File, Host},
};

/// `/proc/net/unix`
pub struct Unix;

impl LineTable for Unix {
    type Core = unix::Table;
    type Row<'a> = naive::Row;

    const NAME: &'static str = "unix";
    const FILES: &'static [&'static str] = &["net/unix"];
    const NAMES_MAY_CONTAIN_NEWLINES: bool = true;

    fn core(_: ByteOrder) -> unix::Table {
        unix::Table
    }

    fn decode(_: unix::Table, line: &[u8]) -> Result<unix::Row<'_>, Error> {
        unix::Row::decode(line)
    }

    fn row<'a>(row: CoreRow<'a, Self>) -> Self::Row<'a> {
        assert_eq!(row.is_listening(), row.flags & 1 << 16 != 0);
        naive::Row {
            pointer: row.pointer.to_vec(),
            refs: row.refs,
            protocol: row.protocol,
            flags: row.flags,
            kind: row.kind.0,
            state: row.state.0,
            inode: row.inode.map_or(0, Inode::get),
            name: row.name.map(|name| {
                assert_eq!(name.is_path(), !matches!(name.as_bytes(), [] | [b'@', ..]));
                name.as_bytes().to_vec()
            }),
        }
    }

    fn naive(_: unix::Table, line: &[u8], number: usize) -> Option<Option<naive::Row>> {
        naive::row(line, number)
    }

    fn words(row: &CoreRow<'_, Self>) -> String {
        let name = row.name.map_or_else(|| "none".to_owned(), |name| format!("\"{name}\""));
        format!(
            "{} state={} inode={} listening={} refs={} flags={:x} pointer={} name={name}",
            row.kind,
            row.state.0,
            shown(row.inode),
            row.is_listening(),
            row.refs,
            row.flags,
            Escaped(row.pointer),
        )
    }

    fn heading(_: Host) -> String {
        render::HEADING.to_owned()
    }

    fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8> {
        render::row(host, row)
    }

    fn rendered(host: Host) -> Vec<File> {
        vec![("net/unix".to_owned(), capture::table(host))]
    }

    #[cfg(feature = "generate")]
    fn generate() -> proptest::strategy::BoxedStrategy<(Vec<u8>, super::Variant)> {
        generate::files()
    }
}
