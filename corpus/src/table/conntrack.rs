//! Counters of connection tracking: `/proc/net/stat/nf_conntrack`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::conntrack, escape::Escaped};

use super::file_table::{self, FileTable};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// Counters of connection tracking: `/proc/net/stat/nf_conntrack`.
pub static CONNTRACK: FileTable = FileTable {
    name: "conntrack",
    files: &["net/stat/nf_conntrack"],
    check: check::file,
    rows,
    print,
    rendered,
    #[cfg(feature = "generate")]
    generate: generate::files,
    cases: 1000,
    sample: 3,
    fuzz: None,
    seeds: file_table::whole,
};

fn rows(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = conntrack::Rows::new(bytes);
    while let Some(row) = rows.next() {
        let mut text = "cpu".to_owned();
        let mut errors = Rows::new();
        for column in row.columns() {
            match column {
                Ok(column) => {
                    text.push_str(&format!(" {}={}", Escaped(column.name), column.value));
                }
                Err(error) => errors.push((rows.line(), Err(error))),
            }
        }
        found.push((rows.line(), Ok(text)));
        found.append(&mut errors);
    }
    found
}

fn print(bytes: &[u8], host: Host) -> Option<Vec<u8>> {
    let rows = naive::rows(bytes).into_iter();
    let values =
        rows.map(|row| row.columns.into_iter().flatten().map(|(_, value)| value).collect());
    Some(render::table(host, &values.collect::<Vec<Vec<u32>>>()).into_bytes())
}

fn rendered(host: Host) -> Vec<File> {
    vec![("net/stat/nf_conntrack".to_owned(), capture::table(host).into_bytes())]
}
