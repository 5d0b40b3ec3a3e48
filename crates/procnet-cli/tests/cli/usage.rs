//! Usage errors and help.

use crate::run::{has, run, skipped};

#[test]
fn an_invalid_value_is_an_error_that_lists_the_choices() {
    for (args, choices) in [
        (&["sockets", "--kind", "quic"][..], &["tcp4", "udp6", "unix", "inet"][..]),
        (&["--kind", "tcp,quic"], &["tcp4", "udp6", "unix", "inet"]),
        (&["sockets", "--state", "open"], &["LISTEN", "CLOSE_WAIT", "TIME_WAIT"]),
        (&["sockets", "--format", "xml"], &["table", "json", "ndjson", "csv"]),
        (&["decode", "quic", "-"], &["udplite6", "netstat", "nf_conntrack-stat"]),
        (&["decode", "tcp", "-", "--byte-order", "middle"], &["little", "big"]),
    ] {
        let ran = run(args);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{args:?}");
        for choice in choices {
            assert!(ran.err.contains(choice), "{choice} in {}", ran.err);
        }
    }
}

#[test]
fn every_help_has_an_example_that_parses() {
    for command in [
        &[][..],
        &["sockets"],
        &["summary"],
        &["top"],
        &["life"],
        &["snmp"],
        &["netstat"],
        &["snmp6"],
        &["decode"],
    ] {
        let help = run([command, &["--help"]].concat()).complete().out;
        let examples: Vec<&str> =
            help.lines().filter_map(|line| line.strip_prefix("  procnet ")).collect();
        assert!(!examples.is_empty(), "{command:?}");
        for example in examples {
            let typed = example.split("  ").next().unwrap().split('|').next().unwrap();
            // With --help nothing runs, but what precedes it has to parse.
            let ran = run(typed.split_whitespace().chain(["--help"]));
            assert_eq!(ran.code, 0, "{typed}: {}", ran.err);
        }
    }
}

#[test]
fn options_of_sockets_before_a_subcommand_are_an_error() {
    assert_eq!(run(["--listening", "dev"]).code, 2);
}

#[test]
fn every_key_is_documented() {
    let formats = include_str!("../../../../docs/formats.md");
    for kind in [
        "tcp",
        "packet",
        "netlink",
        "dev",
        "snmp",
        "snmp6",
        "softnet_stat",
        "protocols",
        "nf_conntrack-stat",
        "arp",
        "route",
        "if_inet6",
        "igmp",
        "ptype",
        "wireless",
        "nf_conntrack",
    ] {
        // An empty table is none, but its columns are known.
        let header = run(["decode", kind, "/dev/null", "--format", "csv"]).out;
        for key in header.trim_end().split(',') {
            assert!(formats.contains(&format!("`{key}`")), "{key} of {kind}");
        }
    }
}

#[test]
fn man_pages_have_options_and_their_headings() {
    let page = run(["man", "sockets"]).complete().out;
    let escaped = |option: &str| option.replace('-', "\\-");
    for option in ["kind", "no-owners", "group-by", "watch"] {
        assert!(page.contains(&escaped(option)), "{option} in {page}");
    }
    assert!(page.contains("Selection") || page.contains("SELECTION"), "{page}");
    assert!(run(["man"]).complete().out.contains("Exit codes"));
    let ran = run(["man", "socks"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("sockets, summary, top"), "{}", ran.err);
}

#[test]
fn man_pages_are_well_formed() {
    if !has("man", "--version") {
        skipped("man is not installed");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    for command in [&[][..], &["sockets"], &["top"], &["life"]] {
        let page = dir.path().join("page.1");
        std::fs::write(&page, run([&["man"], command].concat()).complete().out).expect("a file");
        let man = std::process::Command::new("man")
            .args(["--warnings", "-l"])
            .arg(&page)
            .env("MANPAGER", "cat")
            .output()
            .expect("man runs");
        assert!(man.status.success() && man.stderr.is_empty(), "{man:?}");
        let shown = String::from_utf8_lossy(&man.stdout);
        let example = |line: &str| line.starts_with("         procnet ");
        assert!(shown.lines().filter(|line| example(line)).count() > 3, "{shown}");
    }
}

#[test]
fn every_command_of_the_documentation_parses() {
    let pages =
        [include_str!("../../../../README.md"), include_str!("../../../../docs/command.md")];
    let mut commands = 0;
    for page in pages {
        for line in page.lines().filter_map(|line| line.strip_prefix("$ procnet")) {
            let typed = line.split('#').next().unwrap().split('|').next().unwrap();
            let of_columns = ["arrow", "parquet"].map(|format| format!("--format {format}"));
            let is_built = cfg!(feature = "columns");
            if !is_built && of_columns.iter().any(|format| typed.contains(&**format)) {
                continue;
            }
            // With --help nothing runs, but what precedes it has to parse.
            let ran = run(typed.split_whitespace().chain(["--help"]));
            assert_eq!(ran.code, 0, "{typed}: {}", ran.err);
            commands += 1;
        }
    }
    assert!(commands > 30, "{commands}");
}

#[test]
fn every_optional_key_is_documented() {
    let formats = include_str!("../../../../docs/formats.md");
    let header = run(["-eimo", "-pp", "--netns", "own", "-t", "--max", "1", "--format", "csv"]).out;
    let header = header.lines().next().expect("a line of names").to_owned();
    for key in header.split(',').flat_map(|path| path.split('.')) {
        assert!(formats.contains(&format!("`{key}`")), "{key}");
    }
    for command in [
        &["top"][..],
        &["explain"],
        &["dev", "--watch", "0.05", "--times", "1"],
        &["life", "--for", "0.05", "--no-owners", "--netns", "own"],
        &["life", "--for", "0.05", "--group-by", "port"],
    ] {
        let header = run([command, &["--format", "csv"]].concat()).out;
        for key in header.lines().next().expect("names").split(',') {
            assert!(formats.contains(&format!("`{key}`")), "{key} of {command:?}");
        }
    }
}

/// What the caller typed may come from elsewhere, such as a list of files.
#[test]
fn what_messages_repeat_of_the_command_line_is_escaped() {
    let hostile = "/no\u{1b}[31m/\u{202e}\u{ad}\nprocnet: nothing is wrong";
    for args in [
        &["--root", hostile][..],
        &["decode", "tcp", hostile],
        &["--netns", hostile],
        &["--local", hostile],
        &["--kind", hostile],
        &["--no-such\u{1b}[31m"],
        &["--pid", hostile],
        &["man", hostile],
        &["snmp", hostile],
        &["dst", hostile],
        &[hostile],
    ] {
        let ran = run(args);
        assert!(ran.code > 0, "{args:?}: {}", ran.err);
        let shown = |character: char| !matches!(character, '\u{1b}' | '\u{202e}' | '\u{ad}');
        assert!(ran.err.chars().all(shown), "{args:?}: {:?}", ran.err);
        assert!(!ran.err.contains("\nprocnet: nothing"), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(r"\x1B"), "{args:?}: {}", ran.err);
    }
}
