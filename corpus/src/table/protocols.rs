//! Registered protocols: `/proc/net/protocols`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::protocols, escape::Escaped};

use super::{Table, Variant};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// Registered protocols: `/proc/net/protocols`.
pub struct Protocols;

impl Table for Protocols {
    fn name(&self) -> &'static str {
        "protocols"
    }

    fn files(&self) -> &'static [&'static str] {
        &["net/protocols"]
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        check::file(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
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

    fn print(&self, bytes: &[u8], _: Variant, host: Host) -> Option<Vec<u8>> {
        let mut printed = render::heading(host).into_bytes();
        for (_, row) in naive::rows(bytes) {
            printed.extend(render::row(&row.expect("a row")));
        }
        Some(printed)
    }

    fn rendered(&self, host: Host) -> Vec<File> {
        vec![("net/protocols".to_owned(), capture::table(host))]
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> proptest::strategy::BoxedStrategy<(Vec<u8>, Variant)> {
        generate::files()
    }

    /// The heading and a few rows.
    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        vec![bytes[..bytes.len().min(700)].to_vec()]
    }
}
