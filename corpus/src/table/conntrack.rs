//! Counters of connection tracking: `/proc/net/stat/nf_conntrack`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::conntrack, escape::Escaped};

use super::{Table, Variant};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// Counters of connection tracking: `/proc/net/stat/nf_conntrack`.
pub struct Conntrack;

impl Table for Conntrack {
    fn name(&self) -> &'static str {
        "conntrack"
    }

    fn files(&self) -> &'static [&'static str] {
        &["net/stat/nf_conntrack"]
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        check::file(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
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

    fn print(&self, bytes: &[u8], _: Variant, host: Host) -> Option<Vec<u8>> {
        let rows = naive::rows(bytes).into_iter();
        let values = rows
            .map(|row| row.columns.into_iter().flatten().map(|(_, value)| value as u32).collect());
        Some(render::table(host, &values.collect::<Vec<Vec<u32>>>()).into_bytes())
    }

    fn rendered(&self, host: Host) -> Vec<File> {
        vec![("net/stat/nf_conntrack".to_owned(), capture::table(host).into_bytes())]
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> proptest::strategy::BoxedStrategy<(Vec<u8>, Variant)> {
        generate::files()
    }

    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        vec![bytes.to_vec()]
    }
}
