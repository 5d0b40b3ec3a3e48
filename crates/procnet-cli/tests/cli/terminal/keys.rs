//! Keys in a watch.

use super::{
    pane::{Pane, is_missing},
    watch::{marks, tcp, watch},
};
use crate::tree::{TCP_HEADING, Tree, row};

/// A watch of three listeners of two processes.
fn three(tree: &Tree, args: &str) -> Pane {
    tree.file("1/net/tcp", tcp(&[(80, 1), (81, 2), (82, 3)]));
    tree.process(7, "web", &[(3, 1), (4, 2)]);
    tree.process(8, "mail", &[(3, 3)]);
    let pane = Pane::run(80, 24, &watch(tree, args));
    pane.until("first refresh", |shown| marks(shown).len() == 3);
    pane
}

#[test]
fn a_filter_is_typed_in_place_and_its_error_is_marked() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let pane = three(&tree, "-tn --watch 60");
    for key in ["/", "sport = :81 und", "Enter"] {
        pane.press(key);
    }
    let shown = pane.until("the error", |shown| shown.contains("^ expected"));
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(lines[22], "/sport = :81 und_", "{shown}");
    assert!(lines[23].starts_with("             ^ expected "), "{shown}");
    assert_eq!(marks(&shown).len(), 3, "{shown}");
    // Corrected; q is a letter there.
    for key in ["C-w", "and pid = 7q", "BSpace", "Enter"] {
        pane.press(key);
    }
    let shown = pane.until("one row", |shown| marks(shown).len() == 1);
    assert_eq!(marks(&shown), [" 81"], "nothing is news: {shown}");
    assert!(shown.contains("1 socket  +0 -0 ~0  filter: sport = :81 and pid = 7"), "{shown}");
    for key in ["/", "C-u", "Enter"] {
        pane.press(key);
    }
    pane.until("all rows", |shown| marks(shown).len() == 3);
    pane.press("q");
    assert!(pane.ended().starts_with("before\ncode 0\n"));
}

#[test]
fn keys_sort_reverse_and_group() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let pane = three(&tree, "-tn --watch 60 --sort port");
    pane.press("r");
    let shown = pane.until("the reverse", |shown| shown.contains("sort: port reversed"));
    assert_eq!(marks(&shown), [" 82", " 81", " 80"], "{shown}");
    pane.press("<");
    let shown = pane.until("another order", |shown| shown.contains("sort: process reversed"));
    assert_eq!(marks(&shown), [" 80", " 81", " 82"], "web is after mail: {shown}");
    pane.press("g");
    let shown = pane.until("groups", |shown| shown.contains("3 sockets, 2 groups"));
    assert!(shown.contains("web(7)") && shown.contains("LISTEN:2"), "{shown}");
    pane.press("G");
    pane.until("the list", |shown| marks(shown).len() == 3 && !shown.contains("sort:"));
    pane.press("q");
    pane.ended();
}

#[test]
fn a_pause_keeps_what_is_shown_and_help_lists_the_keys() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let pane = three(&tree, "-tn --watch 0.2");
    pane.press("p");
    pane.until("the pause", |shown| shown.contains("paused"));
    tree.file("1/net/tcp", tcp(&[(80, 1)]));
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert_eq!(marks(&pane.shown()).len(), 3, "{}", pane.shown());
    pane.press("?");
    let help = pane.until("help", |shown| shown.contains("any key goes back"));
    for key in ["q, Ctrl-C", "< >", "/  ", "PgUp PgDn", "its backlog"] {
        assert!(help.contains(key), "{key}: {help}");
    }
    // In the help, q goes back.
    pane.press("q");
    pane.until("the table", |shown| marks(shown).len() == 3);
    pane.press("p");
    pane.until("news", |shown| marks(shown).len() == 1);
    pane.press("q");
    pane.ended();
}

#[test]
fn keys_of_less_and_arrows_scroll() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let ports: Vec<(u16, u64)> = (1..=50).map(|port| (port, u64::from(port))).collect();
    tree.file("1/net/tcp", tcp(&ports));
    let pane = Pane::run(80, 14, &watch(&tree, "-tn --watch 60"));
    pane.until("first refresh", |shown| shown.contains("… 40 more"));
    for (key, first, last, note) in [
        ("Down", " 2", " 11", "… 1 before, 39 more"),
        ("PgDn", " 12", " 21", "… 11 before, 29 more"),
        ("b", " 2", " 11", "… 1 before, 39 more"),
        ("End", " 41", " 50", "… 40 before, 0 more"),
        ("k", " 40", " 49", "… 39 before, 1 more"),
        ("Home", " 1", " 10", "… 40 more"),
    ] {
        pane.press(key);
        let shown = pane.until(key, |shown| shown.contains(note));
        let marks = marks(&shown);
        assert_eq!((&*marks[0], &*marks[9], marks.len()), (first, last, 10), "{shown}");
    }
    pane.press("q");
    pane.ended();
}

/// In a table of /proc: retransmissions are those of the timer.
#[test]
fn what_needs_attention_has_a_word_and_a_color() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let connection = |port: u16, state: &str, inode: u64| {
        row(&format!("0100007F:{port:04X} 0200000A:01BB"), state, "00000000:00000000", 0, inode)
    };
    let retransmits = |count: u32| {
        connection(80, "01", 1).replace("00:00000000 00000000", &format!("01:00000020 {count:08X}"))
    };
    let waiting = |count: u16| -> String {
        (0..count).map(|at| connection(1000 + at, "08", u64::from(100 + at))).collect()
    };
    let table = |count: u32| {
        let waiting = waiting(u16::try_from(count).expect("few"));
        tree.file("1/net/tcp", [TCP_HEADING, &retransmits(count), &waiting].concat());
    };
    let held: Vec<(u32, u64)> = (0..20).map(|at| (3 + at, u64::from(100 + at))).collect();
    tree.process(7, "leaky", &held);
    table(1);
    let pane = Pane::run(80, 24, &watch(&tree, "-tn --watch 0.5"));
    pane.until("first refresh", |shown| marks(shown).len() == 2);
    for count in 2..6 {
        table(count);
        let shown = pane.until("news", |shown| marks(shown).len() == 1 + count as usize);
        assert_eq!(shown.contains("leak "), count > 3, "{shown}");
    }
    table(9);
    pane.until("retransmissions", |shown| shown.contains("retrans +4"));
    table(10);
    pane.until("retransmissions", |shown| shown.contains("retrans +1"));
    assert!(pane.colored().contains("\x1b[1m\x1b[31m"), "{:?}", pane.colored());
    pane.press("g");
    let shown = pane.until("groups", |shown| shown.contains("leaky(7)"));
    assert!(shown.contains("leak"), "{shown}");
    pane.press("q");
    pane.ended();
}
