//! `--watch` on a terminal: redrawn in place, and restored at the end.

use super::pane::{Pane, is_missing};
use crate::tree::{TCP_HEADING, Tree, row};

pub(super) fn tcp(ports: &[(u16, u64)]) -> String {
    let rows = ports.iter().map(|(port, inode)| {
        row(&format!("0100007F:{port:04X} 00000000:0000"), "0A", "00000000:00000000", 0, *inode)
    });
    rows.fold(TCP_HEADING.to_owned(), |table, row| table + &row)
}

pub(super) fn watch(tree: &Tree, args: &str) -> String {
    let (program, root) = (env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    // The previous contents have to be restored.
    format!("echo before; {program} {args} --root {root}; echo code $?; stty -a | grep -w icanon")
}

/// The lines of sockets, with their marks.
pub(super) fn marks(shown: &str) -> Vec<String> {
    let rows = shown.lines().filter(|line| line.contains("127.0.0.1:"));
    let mark = |line: &str| {
        let port = line.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next());
        format!("{}{}", line.chars().next().unwrap_or(' '), port.unwrap_or_default())
    };
    rows.map(mark).collect()
}

#[test]
fn changes_are_marked_in_place() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, 1), (81, 2), (82, 3)]));
    tree.process(7, "evil\x1b[31m", &[(3, 1)]);
    let pane = Pane::run(80, 24, &watch(&tree, "-tn --watch 2"));
    let first = pane.until("first refresh", |shown| marks(shown).len() == 3);
    assert_eq!(marks(&first), [" 80", " 81", " 82"], "{first}");
    assert!(first.lines().next().unwrap().contains("UTC  3 sockets  +0 -0 ~0"), "{first}");
    assert!(!first.contains("before") && first.contains(r"evil\x1B[31m(7)/3"), "{first}");

    // In one step, as a refresh may happen at any time.
    let closed = tcp(&[(82, 3)]).replace(" 0A ", " 07 ").replace(TCP_HEADING, "");
    tree.file("1/net/tcp", tcp(&[(80, 1)]) + &closed + &tcp(&[(83, 4)]).replace(TCP_HEADING, ""));
    let second = pane.until("news", |shown| shown.contains("+1 -1"));
    assert_eq!(marks(&second), [" 80", "~82", "+83", "-81"], "{second}");
    // A change is marked once.
    let third = pane.until("calm", |shown| shown.contains("+0 -0 ~0") && !shown.contains(":81"));
    assert_eq!(marks(&third), [" 80", " 82", " 83"], "{third}");

    pane.press("q");
    let left = pane.ended();
    assert!(left.starts_with("before\ncode 0\n"), "{left}");
    // Line editing and echo are enabled again.
    assert!(!left.contains("-icanon") && left.contains("icanon"), "{left}");
}

#[test]
fn it_fits_the_terminal_after_a_resize() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let ports: Vec<(u16, u64)> = (1..100).map(|port| (port, u64::from(port))).collect();
    tree.file("1/net/tcp", tcp(&ports));
    let pane = Pane::run(100, 20, &watch(&tree, "-tn --watch 60"));
    let shown = pane.until("first refresh", |shown| shown.contains("more"));
    assert_eq!((marks(&shown).len(), shown.trim_end().lines().count()), (16, 20), "{shown}");
    assert!(shown.trim_end().ends_with("… 83 more  ? help"), "{shown}");
    // Redrawn immediately, not at the next refresh.
    pane.resize(60, 30);
    let shown = pane.until("more room", |shown| shown.contains("… 73 more"));
    assert_eq!((marks(&shown).len(), shown.trim_end().lines().count()), (26, 30), "{shown}");
    assert!(shown.lines().all(|line| line.trim_end().chars().count() <= 60), "{shown}");
    pane.press("C-c");
    assert!(pane.ended().starts_with("before\ncode 0\n"));
}

/// As on a terminal that has no alternate screen.
#[test]
fn nothing_of_it_stays_on_the_screen_after_a_resize() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let ports: Vec<(u16, u64)> = (1..100).map(|port| (port, u64::from(port))).collect();
    tree.file("1/net/tcp", tcp(&ports));
    let pane = Pane::run(100, 20, &format!("sleep 1; {}", watch(&tree, "-tn --watch 60")));
    pane.tmux(&["set-option", "-g", "alternate-screen", "off"]);
    pane.until("first refresh", |shown| shown.contains("more"));
    pane.resize(50, 12);
    pane.until("less room", |shown| shown.contains("… 91 more"));
    pane.resize(90, 16);
    pane.until("more room", |shown| shown.contains("… 87 more"));
    pane.press("C-c");
    let left = pane.ended();
    assert!(left.starts_with("code 0\n"), "{left}");
    assert!(
        !left.contains("127.0.0.1") && !left.contains("UTC") && !left.contains("more"),
        "{left}"
    );
}

#[test]
fn a_failure_restores_the_terminal() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, 1)]));
    let pane = Pane::run(80, 24, &watch(&tree, "-tn --watch 0.2"));
    pane.until("first refresh", |shown| marks(shown).len() == 1);
    std::fs::remove_dir_all(tree.path().join("1")).expect("a directory");
    let left = pane.ended();
    assert!(left.starts_with("before\nprocnet: ") && left.contains("code 2"), "{left}");
    assert!(!left.contains("-icanon"), "{left}");
}

#[test]
fn groups_show_their_change() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, 1), (81, 2)]));
    tree.process(7, "web", &[(3, 1), (4, 2)]);
    let (program, root) = (env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    let shell = format!("{program} top --by comm --watch 1 --root {root}");
    let pane = Pane::run(80, 24, &shell);
    let first = pane.until("first refresh", |shown| shown.contains("LISTEN:2"));
    let first: String = first.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert!(first.contains("2 sockets, 1 group\n"), "{first}");
    tree.file("1/net/tcp", tcp(&[(80, 1), (81, 2), (82, 3), (83, 4)]));
    tree.process(9, "web", &[(3, 3), (4, 4)]);
    pane.until("growth", |shown| shown.contains("+2"));
    pane.press("q");
    pane.ended();
}

#[test]
fn all_groups_can_be_scrolled_to() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    let ports: Vec<(u16, u64)> = (1..=60).map(|port| (1000 + port, u64::from(port))).collect();
    tree.file("1/net/tcp", tcp(&ports));
    let (program, root) = (env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    for (width, height) in [(80, 24), (120, 40), (50, 20)] {
        let shell = format!("{program} top --by port --sort port --watch 60 --root {root}");
        let pane = Pane::run(width, height, &shell);
        let room = height - 4;
        let last = format!("… {} more", 60 - room);
        let shown = pane.until("groups", |shown| shown.contains(&last));
        assert!(shown.contains("60 sockets, 60 groups"), "{shown}");
        let rows = shown.lines().filter(|line| line.contains("LISTEN:1")).count();
        assert_eq!(rows, room, "{shown}");
        pane.press("End");
        let shown = pane.until("the last group", |shown| shown.contains(" 1060 "));
        assert!(shown.contains(&format!("… {} before, 0 more", 60 - room)), "{shown}");
        pane.press("q");
    }
    // As many as were asked for, of which all can be scrolled to.
    let shell = format!("{program} top --by port --sort port --max 5 --watch 60 --root {root}");
    let pane = Pane::run(80, 24, &shell);
    pane.until("groups", |shown| shown.contains("… 55 more"));
    pane.press("End");
    pane.until("the last group", |shown| shown.contains(" 1060 "));
    pane.press("q");
}

#[test]
fn no_color_disables_colors() {
    if is_missing() {
        return;
    }
    let tree = Tree::small();
    let (program, root) = (env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    let coloured = |before: &str| {
        let pane = Pane::run(120, 24, &format!("{before} {program} --root {root}"));
        pane.ended();
        pane.colored()
    };
    let green = "\x1b[32mLISTEN";
    assert!(coloured("").contains(green), "{}", coloured(""));
    for plain in ["NO_COLOR=1", "TERM=dumb"] {
        assert!(!coloured(plain).contains(green), "{plain}");
    }
    assert!(coloured("NO_COLOR=").contains(green), "an empty NO_COLOR is none");
}

/// On a terminal that accepts no output, here since Ctrl-S has stopped it, a write would block.
#[test]
fn keys_and_signals_end_it_on_a_stopped_terminal() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, 1)]));
    let (program, root) = (env!("CARGO_BIN_EXE_procnet"), tree.path().display());
    let dir = tempfile::tempdir().expect("a directory");
    for (end, code) in [("q", "0"), ("C-c", "0"), ("TERM", "0"), ("QUIT", "131")] {
        let file = |name: &str| dir.path().join(format!("{end}-{name}"));
        let (pid, mode, ended) = (file("pid"), file("mode"), file("code"));
        // The shell must not write to the terminal, either.
        let shell = format!(
            "exec 2> /dev/null; ulimit -c 0; \
             sh -c 'echo $$ > {}; exec {program} -tn --watch 0.1 --root {root}'; code=$?; stty -a | grep -c -e '-icanon' > {}; echo $code > {}",
            pid.display(),
            mode.display(),
            ended.display()
        );
        let pane = Pane::run(80, 24, &shell);
        pane.until("first refresh", |shown| shown.contains("127.0.0.1:80"));
        pane.press("C-s");
        // Several refreshes.
        std::thread::sleep(std::time::Duration::from_millis(500));
        match end {
            "TERM" | "QUIT" => {
                let pid = std::fs::read_to_string(&pid).expect("its pid");
                let kill =
                    std::process::Command::new("kill").args(["-s", end, pid.trim()]).status();
                assert!(kill.expect("kill runs").success());
            }
            key => pane.press(key),
        }
        let text = |path| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        pane.until(end, |_| !text(&ended).is_empty());
        assert_eq!((text(&ended), text(&mode)), (code.to_owned(), "0".to_owned()), "{end}");
        pane.press("C-q");
    }
}

/// The default effect of Ctrl-\\ comes after the terminal is restored.
#[test]
fn a_quit_signal_restores_the_terminal() {
    if is_missing() {
        return;
    }
    let tree = Tree::new();
    tree.file("1/net/tcp", tcp(&[(80, 1)]));
    let pane = Pane::run(80, 24, &format!("ulimit -c 0; {}", watch(&tree, "-tn --watch 60")));
    pane.until("first refresh", |shown| shown.contains("127.0.0.1:80"));
    pane.press("C-\\");
    let left = pane.ended();
    assert!(left.starts_with("before\n") && left.contains("code 131"), "{left}");
    assert!(!left.contains("-icanon") && left.contains("icanon"), "{left}");
}
