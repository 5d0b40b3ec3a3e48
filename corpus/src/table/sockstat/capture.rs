//! The files in the rendered captures.

use super::render;
use crate::render::{File, Host};

pub(super) fn files(host: Host) -> Vec<File> {
    let file = |name: &str, rows: &[_]| (format!("net/{name}"), counts(rows, host));
    vec![file("sockstat", &render::names(host)), file("sockstat6", &render::names6(host))]
}

fn counts(rows: &[(&str, Vec<&str>)], host: Host) -> Vec<u8> {
    let mut file = Vec::new();
    for (prefix, names) in rows {
        let value = |name: &str| match name {
            "mem" | "memory" => i128::from(host.word.long(4_321_987_654)),
            "tw" => 30_000,
            name => (prefix.len() * 100 + name.len()) as i128,
        };
        let values: Vec<_> =
            names.iter().map(|name| (name.as_bytes().to_vec(), value(name))).collect();
        file.extend(render::row(prefix.as_bytes(), &values));
    }
    file
}
