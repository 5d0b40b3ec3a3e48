//! The properties of the decoder.

use procnet_core::{
    ErrorKind, Lines,
    counter::snmp::{Pair, Pairs},
};

use super::{naive, render};
use crate::check::inside;

/// A whole file.
pub fn file(bytes: &[u8]) {
    let lines: Vec<&[u8]> = Lines::new(bytes).collect();
    let mut pairs = Pairs::new(bytes);
    for naive in naive::pairs(bytes) {
        let fast = pairs.next().expect("fewer pairs than from the naive decoder");
        match (fast, naive) {
            (Ok(fast), Ok(naive)) => {
                assert_eq!(pairs.line(), naive.line);
                pair(&fast, &naive, lines[naive.values_line - 1]);
                printed_again(&naive);
            }
            (Err(error), Err(line)) => {
                assert_eq!(pairs.line(), line);
                inside(error, lines[line - 1]);
            }
            (fast, naive) => panic!("fast {fast:?}, naive {naive:?}"),
        }
    }
    assert!(pairs.next().is_none(), "more pairs than from the naive decoder");
}

fn pair(fast: &Pair<'_>, naive: &naive::Pair, values: &[u8]) {
    assert_eq!(fast.prefix(), naive.prefix);
    assert_eq!((fast.line(), fast.values_line()), (naive.line, naive.values_line));
    let mut counters = fast.counters();
    for naive in &naive.counters {
        let fast = counters.next().expect("fewer counters than from the naive decoder");
        if let Err(error) = fast {
            inside(error, values);
            assert_ne!(error.kind(), ErrorKind::Mismatch);
        }
        let fast = fast.ok().map(|counter| (counter.name.to_vec(), counter.value));
        assert_eq!(fast, *naive);
    }
    if naive.ragged {
        let error = counters.next().expect("an error").expect_err("columns do not match");
        assert_eq!(error.kind(), ErrorKind::Mismatch);
        inside(error, values);
    }
    assert!(counters.next().is_none());
    assert!(counters.next().is_none());
}

fn printed_again(pair: &naive::Pair) {
    let counters: Option<Vec<(Vec<u8>, i128)>> = pair.counters.iter().cloned().collect();
    let Some(counters) = counters.filter(|_| !pair.ragged) else { return };
    let printed = render::pair(&pair.prefix, &counters);
    let mut pairs = Pairs::new(&printed);
    let again = pairs.next().expect("a pair").expect("a printed pair");
    assert_eq!(again.prefix(), pair.prefix);
    let found: Vec<(Vec<u8>, i128)> = again
        .counters()
        .map(|counter| counter.expect("a printed counter"))
        .map(|counter| (counter.name.to_vec(), counter.value))
        .collect();
    assert_eq!(found, counters);
    assert!(pairs.next().is_none());
}
