//! Counters of protocols in pairs of lines: `/proc/net/snmp` and `netstat`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::snmp, escape::Escaped};

use super::file_table::{self, FileTable};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// Counters of protocols in pairs of lines: `/proc/net/snmp` and `netstat`.
pub static SNMP: FileTable = FileTable {
    name: "snmp",
    files: &["net/snmp", "net/netstat"],
    check: check::file,
    rows,
    print,
    rendered,
    #[cfg(feature = "generate")]
    generate: generate::files,
    cases: 1000,
    sample: 3,
    fuzz: None,
    seeds: file_table::runs::<2>,
};

fn rows(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut pairs = snmp::Pairs::new(bytes);
    while let Some(pair) = pairs.next() {
        let Ok(pair) = pair else {
            found.push((pairs.line(), pair.map(|_| String::new())));
            continue;
        };
        let mut text = Escaped(pair.prefix()).to_string();
        let mut errors = Rows::new();
        for counter in pair.counters() {
            match counter {
                Ok(counter) => {
                    text.push_str(&format!(" {}={}", Escaped(counter.name), counter.value));
                }
                Err(error) => errors.push((pair.values_line(), Err(error))),
            }
        }
        found.push((pair.line(), Ok(text)));
        found.append(&mut errors);
    }
    found
}

fn print(bytes: &[u8], _: Host) -> Option<Vec<u8>> {
    let mut printed = Vec::new();
    for pair in naive::pairs(bytes) {
        let pair = pair.expect("a pair");
        let counters: Vec<_> = pair.counters.into_iter().flatten().collect();
        printed.extend(render::pair(&pair.prefix, &counters));
    }
    Some(printed)
}

fn rendered(host: Host) -> Vec<File> {
    vec![("net/snmp".to_owned(), capture::file(host))]
}
