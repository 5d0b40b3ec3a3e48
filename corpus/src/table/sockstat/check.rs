//! The properties of the decoder.

use procnet_core::{
    Lines,
    counter::sockstat::{Row, Rows},
};

use super::naive;
use crate::check::inside;

/// A whole file.
pub fn file(bytes: &[u8]) {
    let lines: Vec<&[u8]> = Lines::new(bytes).collect();
    let mut rows = Rows::new(bytes);
    for (number, naive) in naive::rows(bytes) {
        let fast = rows.next().expect("fewer rows than from the naive decoder");
        assert_eq!(rows.line(), number);
        match (fast, naive) {
            (Ok(fast), Some(naive)) => row(&fast, &naive, lines[number - 1]),
            (Err(error), None) => inside(error, lines[number - 1]),
            (fast, naive) => panic!("fast {fast:?}, naive {naive:?}"),
        }
    }
    assert!(rows.next().is_none(), "more rows than from the naive decoder");
}

fn row(fast: &Row<'_>, naive: &naive::Row, line: &[u8]) {
    assert_eq!(fast.prefix(), naive.prefix);
    let mut values = fast.values();
    for (name, value) in &naive.values {
        match (values.next().expect("fewer values than from the naive decoder"), value) {
            (Ok(fast), Some(value)) => assert_eq!((fast.name, fast.value), (&name[..], *value)),
            (Err(error), None) => inside(error, line),
            (fast, naive) => panic!("fast {fast:?}, naive {naive:?}"),
        }
    }
    assert!(values.next().is_none());
    let Some(known): Option<Vec<_>> =
        naive.values.iter().map(|(name, value)| Some((name, (*value)?))).collect()
    else {
        return;
    };
    // As the kernel prints it.
    let mut printed = [&naive.prefix[..], b":"].concat();
    for (name, value) in known {
        printed.extend([b" ", &name[..], b" ", value.to_string().as_bytes()].concat());
    }
    let again = naive::rows(&printed);
    assert_eq!(again, [(1, Some(naive.clone()))]);
    let again = Row::decode(&printed).expect("a printed row");
    let found =
        again.values().map(|value| value.map(|value| (value.name.to_vec(), Some(value.value))));
    assert_eq!(found.collect::<Result<Vec<_>, _>>().expect("printed values"), naive.values);
}
