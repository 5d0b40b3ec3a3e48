//! The help of a watch: its keys, and what it marks.

use super::view::Offers;
use crate::output::cut_line;

const ALWAYS: &[(&str, &str)] = &[
    ("q, Ctrl-C", "quit"),
    ("p", "pause, and go on"),
    ("Up Down, k j", "scroll by a row"),
    ("PgUp PgDn, b space", "scroll by a screen"),
    ("Home End", "the first, the last rows"),
];

const SORT: &[(&str, &str)] =
    &[("< >, S s", "sort by the previous, the next field"), ("r", "reverse the order")];

const GROUP: &[(&str, &str)] = &[("g G", "group by the next, the previous field")];

const FILTER: &[(&str, &str)] = &[("/", "filter, as `sport = :443`; nothing removes it")];

const MARKS: &[(&str, &str)] = &[
    ("+ - ~", "appeared, vanished, changed since the last look"),
    ("full", "a listener has more waiting than its backlog"),
    ("leak", "its process has ever more in CLOSE_WAIT"),
    ("retrans, drops +N", "so many since the last look"),
    ("B/s: ?, ≥", "unknown; at least, as some are unknown"),
    ("Age: ≥", "since the first look, may be older"),
    ("ended, unseen", "since the last look; of those, no look saw"),
];

/// Its lines, in this width.
pub(super) fn lines(offers: &Offers, width: usize) -> String {
    let sockets = offers.filter.is_some();
    let parts: [(bool, &[(&str, &str)]); 5] = [
        (!offers.sorts.is_empty(), SORT),
        (!offers.groups.is_empty(), GROUP),
        (sockets, FILTER),
        (true, ALWAYS),
        (sockets, MARKS),
    ];
    let parts = parts.into_iter().filter(|(is_offered, _)| *is_offered);
    let lines = parts.flat_map(|(_, lines)| lines);
    let line = |(key, effect): &(&str, &str)| {
        format!("{}\n", cut_line(&format!("{key:<18} {effect}"), width))
    };
    lines.map(line).collect()
}
