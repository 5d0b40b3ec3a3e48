//! Output before the end of the input, and pipes that are closed early.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{Child, ChildStdin, Stdio},
};

use crate::{
    run::procnet,
    tree::{TCP_HEADING, Tree, row},
};

fn listener() -> String {
    row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 1000, 42)
}

/// Starts decoding an input that is written later.
fn start(format: &str) -> (Child, ChildStdin) {
    let mut command = procnet();
    command.args(["decode", "tcp", "-", "--format", format]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    let stdin = child.stdin.take().expect("a pipe");
    (child, stdin)
}

fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("UTF-8");
    text
}

/// Reads until the expected text; blocks if it is not printed.
fn read_until(out: &mut impl Read, expected: &str) -> String {
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    while !String::from_utf8_lossy(&read).contains(expected) {
        let count = out.read(&mut piece).expect("a pipe");
        assert!(count > 0, "ended without {expected}");
        read.extend_from_slice(&piece[..count]);
    }
    String::from_utf8(read).expect("UTF-8")
}

#[test]
fn rows_are_printed_before_the_input_ends() {
    for format in ["json", "ndjson", "csv"] {
        let (mut child, mut stdin) = start(format);
        stdin.write_all([TCP_HEADING, &listener()].concat().as_bytes()).expect("it reads");
        let mut out = child.stdout.take().expect("a pipe");
        let first = read_until(&mut out, "8080");
        // In an array, the newline is printed before the next object.
        assert!(format == "json" || first.ends_with('\n'), "{format}: {first:?}");
        stdin.write_all(listener().as_bytes()).expect("it still reads");
        read_until(&mut out, "8080");
        drop(stdin);
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
}

#[test]
fn a_closed_pipe_is_a_silent_success() {
    let rows = listener().repeat(20_000);
    for format in ["table", "json", "ndjson", "csv"] {
        let (mut child, mut stdin) = start(format);
        let out = child.stdout.take().expect("a pipe");
        std::thread::scope(|scope| {
            let rows = rows.as_bytes();
            // It stops reading when its output pipe is closed.
            scope.spawn(move || drop(stdin.write_all(rows)));
            if format == "table" {
                // A table is printed at the end.
                drop(out);
            } else {
                let mut line = String::new();
                BufReader::new(out).read_line(&mut line).expect("a line");
            }
        });
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{format}");
        assert_eq!(stderr(&mut child), "", "{format}");
    }
}

#[test]
fn a_closed_pipe_is_a_silent_success_for_sockets() {
    let tree = Tree::new();
    let row =
        |port| row(&format!("0100007F:{port:04X} 00000000:0000"), "0A", "00000000:00000000", 0, 0);
    let table: String = (1..5000).map(row).collect();
    tree.file("1/net/tcp", [TCP_HEADING, &table].concat());
    // A malformed row, which is not reported if the pipe is closed.
    tree.file("77/fd", "not a directory");
    for format in ["table", "json", "ndjson", "csv"] {
        let mut command = procnet();
        command.args(tree.root()).args(["--format", format]);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{format}");
        assert_eq!(stderr(&mut child), "", "{format}");
    }
}

#[test]
fn unwritable_output_is_exit_code_2() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        crate::run::skipped("/dev/full does not exist");
        return;
    };
    let tree = Tree::small();
    for format in ["table", "json", "ndjson", "csv"] {
        let mut command = procnet();
        command.args(tree.root()).args(["--format", format]);
        let ran = command.stdout(full.try_clone().unwrap()).output().expect("it runs");
        assert_eq!(ran.status.code(), Some(2), "{format}");
        let err = String::from_utf8(ran.stderr).expect("UTF-8");
        let expected = "procnet: standard output: cannot be written: No space left on device";
        assert!(err.starts_with(expected), "{format}: {err}");
    }
    for args in [
        &["--help"][..],
        &["-h"],
        &["top", "--help"],
        &["--version"],
        &["man"],
        &["completions", "bash"],
        &["explain"],
        &["summary"],
        &["dev"],
        &["--watch", "0.05", "--times", "1"],
        &["dev", "--watch", "0.05", "--times", "1", "--format", "csv"],
    ] {
        let ran = procnet().args(args).stdout(full.try_clone().unwrap()).output().expect("it runs");
        let err = String::from_utf8(ran.stderr).expect("UTF-8");
        assert_eq!(ran.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains("standard output: cannot be written"), "{args:?}: {err}");
    }
}

#[test]
fn memory_is_bounded_for_any_input() {
    let (mut child, mut stdin) = start("ndjson");
    stdin.write_all(TCP_HEADING.as_bytes()).expect("it reads");
    let mut out = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    let block = listener().repeat(1000);
    for _ in 0..200 {
        stdin.write_all(block.as_bytes()).expect("it reads");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("its status");
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    let printed = reader.join().expect("no panic").expect("all is read");
    assert!(printed > 30_000_000, "{printed}");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < 16 << 10, "{peak} kB for {printed} bytes");
}
