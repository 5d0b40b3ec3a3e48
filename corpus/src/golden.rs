//! Decoded rows in words, as the golden files contain them.

use std::fmt::Display;

use procnet_core::{Error, Inode, escape::Escaped};

/// Rows in words, each with the number of its line.
pub type Rows = Vec<(usize, Result<String, Error>)>;

/// The golden file: a line for each row or error, with the number of its line.
#[must_use]
pub fn text(rows: &Rows) -> String {
    let line = |(line, row): &(usize, Result<String, Error>)| match row {
        Ok(row) => format!("{line}: {row}\n"),
        Err(error) => format!("{line}: error: {error}\n"),
    };
    rows.iter().map(line).collect()
}

pub(crate) fn shown(inode: Option<Inode>) -> String {
    inode.map_or_else(|| "none".to_owned(), |inode| inode.to_string())
}

pub(crate) fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

pub(crate) fn name(name: Option<&[u8]>) -> String {
    name.map_or_else(|| "none".to_owned(), |name| format!("\"{}\"", Escaped(name)))
}
