//! Output on a terminal, a real one of tmux.

mod keys;
mod live;
mod narrow;
pub(crate) mod pane;
mod summary;
mod watch;

use std::fs;

use unicode_width::UnicodeWidthStr as _;

use self::pane::{Pane, is_missing};
use crate::{
    run::run,
    tree::{TCP_HEADING, Tree, UNIX_HEADING, row},
};

/// The screen after a shell command, on a terminal of this width.
fn screen(width: usize, shell: &str) -> String {
    Pane::run(width, 150, shell).ended()
}

/// Sockets with addresses, names and owners of every length.
fn wide_tree() -> Tree {
    let tree = Tree::new();
    let ends =
        |at: u32| format!("{:08X}:{:04X} {:08X}:FFFF", 0x0100_007F + at, 80 + at, at * 0x0101_0101);
    let tcp: String =
        (0..20).map(|at| row(&ends(at), "01", "00000000:00000000", 0, u64::from(at) + 1)).collect();
    tree.file("1/net/tcp", [TCP_HEADING, &tcp].concat());
    let long = "B80D0120FFFFFFFFEEEEEEEEDDDDDDDD:C350";
    let tcp6: String = row(&format!("{long} {long}"), "08", "0000FFFF:00000000", 0, 30);
    tree.file("1/net/tcp6", [TCP_HEADING, &tcp6].concat());
    let names = [
        "/run/a/very/long/path/that/goes/on/and/on/until/nobody/reads/it/any/more.sock",
        "@日本語のソケットの名前はとても長いので切らなければならない",
        "@x",
        "\x1b[31mred\x1b[0m",
    ];
    let unix: String = (40..)
        .zip(names)
        .map(|(inode, name)| format!("0: 00000002 00000000 00010000 0001 01 {inode} {name}\n"))
        .collect();
    tree.file("1/net/unix", [UNIX_HEADING, &unix].concat());
    let all: Vec<(u32, u64)> = (1..43).map(|inode| (inode as u32 + 2, inode)).collect();
    for pid in [1000, 1001, 1002, 12345] {
        tree.process(pid, "worker", &all);
    }
    tree
}

#[test]
fn no_line_of_a_table_is_wider_than_the_terminal() {
    if is_missing() {
        return;
    }
    let tree = wide_tree();
    let command = format!("{} --root {}", env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    let unlimited = run(tree.root()).complete().out;
    for width in [40, 80, 120, 200] {
        let shown = screen(width, &command);
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        // A line that is too wide would wrap.
        let blocks = lines.iter().filter(|line| line.starts_with("Kind")).count();
        let (rows, headings) = (unlimited.lines().count() - 1, 1);
        let between = blocks - 1;
        assert_eq!(lines.len(), blocks * (rows + headings) + between, "{width}:\n{shown}");
        assert!(lines.iter().all(|line| line.width() <= width), "{width}:\n{shown}");
        assert!(shown.contains('…'), "{width}:\n{shown}");
        assert!(shown.contains("worker(1000)/3"), "{width}:\n{shown}");
        if width >= 80 {
            assert_eq!(blocks, 1, "{width}:\n{shown}");
            // Short addresses are complete, and ports are never cut.
            assert!(shown.contains("127.0.0.1:80 "), "{width}:\n{shown}");
            assert!(shown.contains(":50000 "), "{width}:\n{shown}");
        }
    }
    assert_eq!(screen(400, &format!("{command} --wide | cat")), unlimited.trim_end());
    let wide = screen(80, &format!("{command} --wide"));
    assert!(!wide.contains('…') && wide.lines().count() > unlimited.lines().count(), "{wide}");
    assert!(!unlimited.contains('…') && unlimited.lines().any(|line| line.len() > 200));
}

#[test]
fn counters_that_do_not_fit_are_printed_in_blocks() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let values: String = (1..=16).map(|at| format!(" {}", u64::MAX - at)).collect();
    tree.file("1/net/dev", format!("Inter-|\n face |\n  eth0:{values}\n"));
    let command = format!("{} dev --root {}", env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    let shown = screen(80, &command);
    let values: Vec<&str> = values.split_whitespace().collect();
    assert!(values.iter().all(|value| shown.contains(value)), "{shown}");
    assert!(shown.lines().all(|line| line.trim_end().width() <= 80), "{shown}");
    assert!(shown.lines().filter(|line| line.starts_with("eth0")).count() > 1, "{shown}");
}

#[test]
fn rows_for_programs_are_printed_immediately() {
    if is_missing() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("tcp");
    fs::write(&file, row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 0, 42)).unwrap();
    let command =
        format!("{} decode tcp {} --format csv", env!("CARGO_BIN_EXE_procnet"), file.display());
    let shown = screen(200, &command);
    assert!(shown.contains("tcp,LISTEN,127.0.0.1,8080,0.0.0.0,0,0,42,0,0,,,"), "{shown}");
}

#[test]
fn a_column_without_peers_leaves_its_room_to_owners() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let listener = row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 0, 42);
    tree.file("1/net/tcp", [TCP_HEADING, &listener].concat());
    for pid in 1000..1004 {
        tree.process(pid, "a-worker", &[(6, 42)]);
    }
    let shown = |width: usize, args: &str| {
        let root = tree.path().display();
        screen(width, &format!("{} {args} --root {root}", env!("CARGO_BIN_EXE_procnet")))
    };
    let narrow = shown(80, "-ltn");
    assert!(!narrow.contains("Peer"), "{narrow}");
    assert!(narrow.contains("a-worker(1001)/6 …+2"), "{narrow}");
    assert!(shown(140, "-ltn").contains("Peer Address:Port"));
    // The column stays if there is a peer.
    let connected = row("0100007F:1F90 0200000A:C001", "01", "00000000:00000000", 0, 43);
    tree.file("1/net/tcp", [TCP_HEADING, &listener, &connected].concat());
    assert!(shown(80, "-tn").contains("10.0.0.2:49153"));
}
