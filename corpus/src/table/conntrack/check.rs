//! The properties of the decoder.

use procnet_core::{ErrorKind, Lines, counter::conntrack::Rows};

use super::naive;
use crate::check::inside;

/// A whole file.
pub fn file(bytes: &[u8]) {
    let lines: Vec<&[u8]> = Lines::new(bytes).collect();
    let naive = naive::rows(bytes);
    let mut rows = Rows::new(bytes);
    let mut again = Vec::new();
    for naive in &naive {
        let row = rows.next().expect("fewer rows than from the naive decoder");
        assert_eq!(rows.line(), naive.line);
        let line = lines[naive.line - 1];
        let mut columns = row.columns();
        let mut whole = String::new();
        for naive in &naive.columns {
            let fast = columns.next().expect("fewer columns than from the naive decoder");
            if let Err(error) = fast {
                inside(error, line);
                assert_ne!(error.kind(), ErrorKind::Mismatch);
            }
            let fast = fast.ok().map(|column| (column.name.to_vec(), column.value));
            assert_eq!(fast, *naive);
            whole.extend(fast.map(|(_, value)| format!("{value:08x} ")));
        }
        if naive.ragged {
            let error = columns.next().expect("an error").expect_err("columns do not match");
            assert_eq!(error.kind(), ErrorKind::Mismatch);
            inside(error, line);
        }
        assert!(columns.next().is_none());
        assert!(columns.next().is_none());
        if naive.columns.iter().all(Option::is_some) && !naive.ragged && !whole.is_empty() {
            again.push((naive, whole));
        }
    }
    assert!(rows.next().is_none(), "more rows than from the naive decoder");
    printed_again(rows.names(), &again);
}

/// With the file's own heading, as it may be that of any kernel.
fn printed_again(names: &[u8], rows: &[(&naive::Row, String)]) {
    let mut file = names.to_vec();
    for (_, row) in rows {
        file.push(b'\n');
        file.extend(row.bytes());
    }
    let found = naive::rows(&file);
    assert_eq!(found.len(), rows.len());
    for ((expected, _), row) in rows.iter().zip(Rows::new(&file)) {
        let columns: Vec<_> = row
            .columns()
            .map(|column| column.expect("a printed column"))
            .map(|column| Some((column.name.to_vec(), column.value)))
            .collect();
        assert_eq!(columns, expected.columns);
    }
}
