//! Counters of protocols in pairs of lines: `/proc/net/snmp` and `netstat`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{counter::snmp, escape::Escaped};

use super::{Table, Variant};
use crate::{
    golden::Rows,
    render::{File, Host},
};

/// Counters of protocols in pairs of lines: `/proc/net/snmp` and `netstat`.
pub struct Snmp;

impl Table for Snmp {
    fn name(&self) -> &'static str {
        "snmp"
    }

    fn files(&self) -> &'static [&'static str] {
        &["net/snmp", "net/netstat"]
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        check::file(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
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

    fn print(&self, bytes: &[u8], _: Variant, _: Host) -> Option<Vec<u8>> {
        let mut printed = Vec::new();
        for pair in naive::pairs(bytes) {
            let pair = pair.expect("a pair");
            let counters: Vec<_> = pair.counters.into_iter().flatten().collect();
            printed.extend(render::pair(&pair.prefix, &counters));
        }
        Some(printed)
    }

    fn rendered(&self, host: Host) -> Vec<File> {
        vec![("net/snmp".to_owned(), capture::file(host))]
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> proptest::strategy::BoxedStrategy<(Vec<u8>, Variant)> {
        generate::files()
    }

    /// A pair each, as the lines of netstat are long enough alone.
    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        crate::naive::text::lines(bytes).chunks(2).map(|pair| pair.join(&b'\n')).collect()
    }
}
