//! The properties of the decoder.

use procnet_core::{
    ErrorKind, Lines,
    counter::protocols::{Pressure, Row, Rows},
};

use super::{naive, render};
use crate::check::inside;

/// A whole file.
pub fn file(bytes: &[u8]) {
    let lines: Vec<&[u8]> = Lines::new(bytes).collect();
    let mut rows = Rows::new(bytes);
    for (number, naive) in naive::rows(bytes) {
        let fast = rows.next().expect("fewer rows than from the naive decoder");
        assert_eq!(rows.line(), number);
        match (fast, naive) {
            (Ok(fast), Some(naive)) => {
                same(&fast, &naive, lines[number - 1]);
                printed_again(&naive, rows.names());
            }
            (Err(error), None) => inside(error, lines[number - 1]),
            (fast, naive) => panic!("fast {fast:?}, naive {naive:?}"),
        }
    }
    assert!(rows.next().is_none(), "more rows than from the naive decoder");
}

fn same(fast: &Row<'_>, naive: &naive::Row, line: &[u8]) {
    assert_eq!((fast.name, fast.module), (&naive.name[..], &naive.module[..]));
    assert_eq!((fast.size, fast.sockets), (naive.size, naive.sockets));
    assert_eq!((fast.memory, fast.max_header), (naive.memory, naive.max_header));
    assert_eq!(fast.slab, naive.slab);
    let pressure = match naive.pressure {
        None => Pressure::None,
        Some(false) => Pressure::No,
        Some(true) => Pressure::Yes,
    };
    assert_eq!(fast.pressure, pressure);
    let mut methods = fast.methods();
    for naive in &naive.methods {
        let fast = methods.next().expect("fewer methods than from the naive decoder");
        if let Err(error) = fast {
            inside(error, line);
            assert_eq!(error.kind(), ErrorKind::Unexpected);
        }
        let fast = fast.ok().map(|method| (method.name.to_vec(), method.present));
        assert_eq!(fast, *naive);
    }
    if naive.ragged {
        let error = methods.next().expect("an error").expect_err("methods do not match");
        assert_eq!(error.kind(), ErrorKind::Mismatch);
        inside(error, line);
    }
    assert!(methods.next().is_none());
    assert!(methods.next().is_none());
}

/// With the file's own heading, as it may be that of any kernel.
fn printed_again(row: &naive::Row, names: &[u8]) {
    if row.ragged || row.methods.contains(&None) {
        return;
    }
    let printed = render::row(row);
    let printed = printed.strip_suffix(b"\n").unwrap_or(&printed);
    let again = Row::decode(names, printed).expect("a printed row");
    same(&again, row, printed);
}
