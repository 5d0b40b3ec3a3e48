//! `procnet summary` and help on a terminal of 24 lines.

use unicode_width::UnicodeWidthStr as _;

use super::{is_missing, screen};
use crate::tree::{TCP_HEADING, Tree, row};

/// A host with many ports, users, states and lengths of queues.
fn busy() -> Tree {
    let tree = Tree::new();
    let states = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "0A", "0B"];
    let rows = |kind: u32| -> String {
        let row = |at: u32| {
            let port = if at.is_multiple_of(2) { 1000 + at / 8 } else { 33_000 + at };
            let ends = format!("0100007F:{port:04X} 0200000A:{:04X}", at + 1);
            let queues = format!("{:08X}:{:08X}", 1 << (at % 30), 1 << (at % 20));
            let state = states[at as usize % states.len()];
            row(&ends, state, &queues, at % 50, u64::from(kind * 10_000 + at))
        };
        (1..600).map(row).collect()
    };
    tree.file("1/net/tcp", [TCP_HEADING, &rows(1)].concat());
    tree.file("1/net/udp", [TCP_HEADING, &rows(2)].concat());
    tree.file("1/net/sockstat", "sockets: used 40\nTCP: inuse 5 orphan 1 tw 2 alloc 6 mem 3\n");
    tree.file("1/net/sockstat6", "TCP6: inuse 2\n");
    tree.file("1/net/snmp", "Tcp: CurrEstab\nTcp: 4\n");
    tree
}

#[test]
fn a_summary_of_a_busy_host_fits_a_terminal() {
    if is_missing() {
        return;
    }
    let tree = busy();
    let procnet = env!("CARGO_BIN_EXE_procnet");
    for width in [50, 80, 120] {
        let shown = screen(width, &format!("{procnet} -s --root {}", tree.path().display()));
        assert!(shown.lines().count() < 20, "{width}:\n{shown}");
        assert!(shown.lines().all(|line| line.trim_end().width() <= width), "{width}:\n{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("By") && lines[1].starts_with("total"), "{width}:\n{shown}");
        assert!(lines[1].contains("1198"), "{width}:\n{shown}");
        // What does not fit is counted.
        assert!(shown.contains("…+"), "{width}:\n{shown}");
    }
}

#[test]
fn short_help_fits_a_terminal() {
    if is_missing() {
        return;
    }
    let procnet = env!("CARGO_BIN_EXE_procnet");
    for command in ["", "top", "life", "summary"] {
        let shown = screen(80, &format!("{procnet} {command} -h"));
        assert!(shown.lines().count() < 24, "{command}:\n{shown}");
    }
}

#[test]
fn a_suggestion_fits_a_terminal() {
    if is_missing() {
        return;
    }
    let shown = screen(80, &format!("{} :8080", env!("CARGO_BIN_EXE_procnet")));
    let expected = "\
procnet: :8080 is neither a command nor a filter (see `procnet --help`)
procnet:   :8080
procnet:   ^^^^^
procnet: did you mean `--port 8080`?";
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(shown.join("\n"), expected);
}
