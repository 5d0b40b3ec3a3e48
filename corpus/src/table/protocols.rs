//! Registered protocols: `/proc/net/protocols`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::protocols, escape::Escaped};

use super::file_table::{self, FileTable};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// Registered protocols: `/proc/net/protocols`.
pub static PROTOCOLS: FileTable = FileTable {
    name: "protocols",
    files: &["net/protocols"],
    check: check::file,
    rows,
    print,
    rendered,
    #[cfg(feature = "generate")]
    generate: generate::files,
    cases: 1000,
    sample: 3,
    fuzz: None,
    seeds: file_table::start::<700>,
};

fn rows(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = protocols::Rows::new(bytes);
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                found.push((rows.line(), Err(error)));
                continue;
            }
        };
        let shown = |number: Option<u64>| {
            number.map_or_else(|| "none".to_owned(), |number| number.to_string())
        };
        let mut text = format!(
            "{} size={} sockets={} memory={} pressure={:?} max_header={} slab={} module={}",
            Escaped(row.name),
            row.size,
            shown(row.sockets.map(u64::from)),
            shown(row.memory),
            row.pressure,
            row.max_header,
            row.slab,
            Escaped(row.module),
        );
        let mut errors = Rows::new();
        for method in row.methods() {
            match method {
                Ok(method) if method.present => {
                    text.push_str(&format!(" {}", Escaped(method.name)));
                }
                Ok(_) => {}
                Err(error) => errors.push((rows.line(), Err(error))),
            }
        }
        found.push((rows.line(), Ok(text)));
        found.append(&mut errors);
    }
    found
}

fn print(bytes: &[u8], host: Host) -> Option<Vec<u8>> {
    let mut printed = render::heading(host).into_bytes();
    for (_, row) in naive::rows(bytes) {
        printed.extend(render::row(&row.expect("a row")));
    }
    Some(printed)
}

fn rendered(host: Host) -> Vec<File> {
    vec![("net/protocols".to_owned(), capture::table(host))]
}
