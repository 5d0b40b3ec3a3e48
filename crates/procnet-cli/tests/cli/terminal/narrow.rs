//! A watch at every width.

use std::{fs, ops::RangeInclusive};

use unicode_width::UnicodeWidthStr as _;

use super::pane::{Pane, is_missing};
use crate::tree::{TCP_HEADING, Tree, row};

const HEIGHT: usize = 12;

/// The lines of a frame. The program writes each with its position, and clears it first.
fn lines(frame: &str) -> Vec<&str> {
    frame
        .split("\x1b[K")
        .skip(1)
        .map(|line| line.split('\x1b').next().unwrap_or_default())
        .collect()
}

/// The frames of a watch of connections at each of the widths.
fn frames(addresses: &str, widths: RangeInclusive<usize>) -> Vec<String> {
    let tree = Tree::new();
    let connection = |inode: u64| row(addresses, "08", "0001F000:0000FFFF", 0, inode);
    let rows: String = (1..40).map(connection).collect();
    tree.file("1/net/tcp", [TCP_HEADING, &rows].concat());
    let held: Vec<(u32, u64)> = (1..40).map(|inode| (inode as u32 + 2, inode)).collect();
    tree.process(1000, "worker", &held);
    let dir = tempfile::tempdir().expect("a directory");
    let (begin, frames) = (dir.path().join("begin"), dir.path().join("frames"));
    let shell = format!(
        "while [ ! -e {} ]; do sleep 0.1; done; for width in $(seq {} {}); do \
         stty cols $width rows {HEIGHT}; {} -tn --watch 1 --times 1 --color never --root {}; done",
        begin.display(),
        widths.start(),
        widths.end(),
        env!("CARGO_BIN_EXE_procnet"),
        tree.path().display(),
    );
    let pane = Pane::run(200, 24, &shell);
    pane.tmux(&["pipe-pane", "-o", &format!("cat > {}", frames.display())]);
    fs::write(&begin, "").expect("a file");
    pane.ended();
    let frames = fs::read_to_string(&frames).expect("what was written");
    let frames: Vec<String> = frames.split("\x1b[?1049h").skip(1).map(str::to_owned).collect();
    assert_eq!(frames.len(), widths.count());
    frames
}

#[test]
fn ends_owners_and_the_last_line_show_at_every_width() {
    if is_missing() {
        return;
    }
    let frames = frames("0100007F:0050 0200000A:01BB", 20..=200);
    for (frame, width) in frames.iter().zip(20..) {
        let lines = lines(frame);
        assert!(lines.len() >= HEIGHT, "{width}: {lines:?}");
        let lines = &lines[..HEIGHT];
        assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:#?}");
        assert!(lines[HEIGHT - 1].contains("… 31 more"), "{width}: {lines:#?}");
        let ends: &[&str] = if width < 28 { &[":80 ", "wor"] } else { &[":80 ", ":443 ", "wor"] };
        for line in &lines[3..HEIGHT - 1] {
            assert!(ends.iter().all(|end| line.contains(end)), "{width}: {lines:#?}");
        }
        // Numbers are whole, or not there.
        let has_queue = lines[2].contains("Recv-Q");
        assert!(!has_queue || lines[3].contains(" 65535 "), "{width}: {lines:#?}");
        assert!(width < 80 || lines[3].contains("CLOSE_WAIT"), "{width}: {lines:#?}");
    }
}

/// A part of a port would be taken for another port.
#[test]
fn ports_are_whole_at_every_width() {
    if is_missing() {
        return;
    }
    let frames = frames("0100007F:B21F 0200000A:892C", 20..=80);
    for (frame, width) in frames.iter().zip(20..) {
        let ends: &[&str] = if width < 28 { &[":45599 "] } else { &[":45599 ", ":35116 "] };
        for line in &lines(frame)[3..HEIGHT - 1] {
            assert!(ends.iter().all(|end| line.contains(end)), "{width}: {line}");
        }
    }
}
