//! What each CPU did with packets: `/proc/net/softnet_stat`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::counter::softnet;

use super::file_table::{self, FileTable};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// What each CPU did with packets: `/proc/net/softnet_stat`.
pub static SOFTNET: FileTable = FileTable {
    name: "softnet",
    files: &["net/softnet_stat"],
    check: check::file,
    rows,
    print,
    rendered,
    #[cfg(feature = "generate")]
    generate: generate::files,
    cases: 1000,
    sample: 3,
    fuzz: None,
    seeds: file_table::runs::<3>,
};

fn rows(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = softnet::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                found.push((rows.line(), Err(error)));
                continue;
            }
        };
        let named = row.columns().map(|(name, value)| format!("{name}={value}"));
        let mut words: Vec<String> = named.collect();
        let mut errors = Rows::new();
        for value in row.further() {
            match value {
                Ok(value) => words.push(format!("further={value}")),
                Err(error) => errors.push((rows.line(), Err(error))),
            }
        }
        found.push((rows.line(), Ok(words.join(" "))));
        found.append(&mut errors);
    }
    found
}

fn print(bytes: &[u8], _: Host) -> Option<Vec<u8>> {
    let rows = crate::naive::text::lines(bytes);
    let row = |line: &Vec<u8>| naive::Row::decode(line).expect("a row").columns;
    Some(rows.iter().flat_map(|line| render::row(&row(line)).into_bytes()).collect())
}

fn rendered(host: Host) -> Vec<File> {
    vec![("net/softnet_stat".to_owned(), capture::table(host).into_bytes())]
}
