//! Numbers of sockets: `/proc/net/sockstat` and `sockstat6`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::sockstat, escape::Escaped};

use super::file_table::{self, FileTable};
use crate::{golden::Rows, render::Host};

/// Numbers of sockets: `/proc/net/sockstat` and `sockstat6`.
pub static SOCKSTAT: FileTable = FileTable {
    name: "sockstat",
    files: &["net/sockstat", "net/sockstat6"],
    check: check::file,
    rows,
    print,
    rendered: capture::files,
    #[cfg(feature = "generate")]
    generate: generate::files,
    cases: 1000,
    sample: 3,
    fuzz: None,
    seeds: file_table::runs::<3>,
};

fn rows(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = sockstat::Rows::new(bytes);
    while let Some(row) = rows.next() {
        let line = rows.line();
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                found.push((line, Err(error)));
                continue;
            }
        };
        let prefix = Escaped(row.prefix());
        found.extend(row.values().map(|value| {
            let word = |value: sockstat::Value<'_>| {
                format!("{prefix} {}={}", Escaped(value.name), value.value)
            };
            (line, value.map(word))
        }));
    }
    found
}

fn print(bytes: &[u8], _: Host) -> Option<Vec<u8>> {
    let row = |(_, row): (usize, Option<naive::Row>)| {
        let naive::Row { prefix, values } = row.expect("a row");
        let value = |(name, value): (Vec<u8>, Option<i128>)| (name, value.expect("a value"));
        render::row(&prefix, &values.into_iter().map(value).collect::<Vec<_>>())
    };
    Some(naive::rows(bytes).into_iter().flat_map(row).collect())
}
