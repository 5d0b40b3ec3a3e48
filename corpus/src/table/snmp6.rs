//! IPv6 counters, of the host or of an interface: `/proc/net/snmp6` and `dev_snmp6`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{ByteOrder, Error, counter::snmp6, escape::Escaped};

use super::{CoreRow, LineTable};
use crate::render::{File, Host};

/// `/proc/net/snmp6`
pub struct Snmp6;

impl LineTable for Snmp6 {
    type Core = snmp6::Table;
    type Row<'a> = naive::Row;

    const NAME: &'static str = "snmp6";
    const FILES: &'static [&'static str] = &["net/snmp6", "net/dev_snmp6/*"];

    fn core(_: ByteOrder) -> snmp6::Table {
        snmp6::Table
    }

    fn decode(_: snmp6::Table, line: &[u8]) -> Result<snmp6::Row<'_>, Error> {
        snmp6::Row::decode(line)
    }

    fn row<'a>(row: CoreRow<'a, Self>) -> Self::Row<'a> {
        naive::Row { name: row.name.to_vec(), value: row.value }
    }

    fn naive(_: snmp6::Table, line: &[u8], _number: usize) -> Option<Option<naive::Row>> {
        naive::row(line)
    }

    fn words(row: &CoreRow<'_, Self>) -> String {
        format!("{}={}", Escaped(row.name), row.value)
    }

    fn heading(_: Host) -> String {
        String::new()
    }

    fn print(_: Host, row: &Self::Row<'_>) -> Vec<u8> {
        render::row(row)
    }

    fn rendered(host: Host) -> Vec<File> {
        capture::files(host)
    }

    #[cfg(feature = "generate")]
    fn generate() -> proptest::strategy::BoxedStrategy<(Vec<u8>, super::Variant)> {
        generate::files()
    }
}
