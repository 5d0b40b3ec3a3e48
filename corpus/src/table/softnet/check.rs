//! The properties of the decoder.

use procnet_core::{
    Error, Lines,
    counter::softnet::{Row, Table},
    table,
};

use super::{naive, render};
use crate::check::{inside, window};

/// A whole file.
pub fn file(bytes: &[u8]) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&Table, line, number);
        let slow = naive::row(line);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line);
    }
    window::table(Table, bytes, |row| row.map(|row| shown(&row)));
}

/// One line.
pub fn row(line: &[u8]) {
    let (fast, naive) = match (Row::decode(line), naive::Row::decode(line)) {
        (Ok(fast), Some(naive)) => (fast, naive),
        (Err(error), None) => return inside(error, line),
        (fast, naive) => panic!("fast {fast:?}, naive {naive:?}, in {line:?}"),
    };
    let (named, further) = shown(&fast);
    assert_eq!(named, naive.named());
    let found: Vec<Option<u32>> = further.iter().map(|value| value.ok()).collect();
    assert_eq!(found, naive.further);
    further.into_iter().filter_map(Result::err).for_each(|error| inside(error, line));
    let at = |place: usize| naive.columns.get(place).copied();
    assert_eq!(Some(fast.processed), at(0));
    assert_eq!(Some(fast.dropped), at(1));
    assert_eq!(Some(fast.time_squeeze), at(2));
    assert_eq!(Some(fast.cpu_collision), at(8));
    assert_eq!((fast.received_rps, fast.flow_limit_count), (at(9), at(10)));
    assert_eq!((fast.backlog_len, fast.cpu), (at(11), at(12)));
    assert_eq!((fast.input_qlen, fast.process_qlen), (at(13), at(14)));
    let printed = render::row(&naive.columns);
    let again = Row::decode(printed.trim_ascii_end().as_bytes()).expect("a printed row");
    assert_eq!(shown(&again).0, named, "printed as {printed:?}");
}

type Shown = (Vec<(&'static str, u32)>, Vec<Result<u32, Error>>);

fn shown(row: &Row<'_>) -> Shown {
    (row.columns().collect(), row.further().collect())
}
