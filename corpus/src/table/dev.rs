//! Counters of interfaces: `/proc/net/dev`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{ByteOrder, Error, counter::dev, escape::Escaped};

use super::{CoreRow, LineTable};
use crate::render::{File, Host};

/// `/proc/net/dev`
pub struct Dev;

impl LineTable for Dev {
    type Core = dev::Table;
    type Row<'a> = naive::Row;

    const NAME: &'static str = "dev";
    const FILES: &'static [&'static str] = &["net/dev"];

    fn core(_: ByteOrder) -> dev::Table {
        dev::Table
    }

    fn decode(_: dev::Table, line: &[u8]) -> Result<dev::Row<'_>, Error> {
        dev::Row::decode(line)
    }

    fn row<'a>(row: CoreRow<'a, Self>) -> Self::Row<'a> {
        assert_eq!(row.to_string(), Escaped(row.name()).to_string());
        let counters = <[u64; 16]>::from(row.counters);
        assert_eq!(dev::Counters::from(counters), row.counters);
        naive::Row { name: row.name().to_vec(), counters }
    }

    fn naive(_: dev::Table, line: &[u8], number: usize) -> Option<Option<naive::Row>> {
        naive::row(line, number)
    }

    fn words(row: &CoreRow<'_, Self>) -> String {
        let values = <[u64; 16]>::from(row.counters).map(|value| value.to_string());
        format!("\"{row}\" receive={} transmit={}", values[..8].join(" "), values[8..].join(" "))
    }

    fn heading(_: Host) -> String {
        render::HEADING.to_owned()
    }

    fn print(host: Host, row: &Self::Row<'_>) -> Vec<u8> {
        render::row(host, row)
    }

    fn rendered(host: Host) -> Vec<File> {
        vec![("net/dev".to_owned(), capture::table(host))]
    }

    #[cfg(feature = "generate")]
    fn generate() -> proptest::strategy::BoxedStrategy<(Vec<u8>, super::Variant)> {
        generate::files()
    }
}
