//! What is typed wrong, and help.

use crate::run::run;

#[test]
fn an_unknown_word_is_an_error_that_lists_the_choices() {
    for (args, choices) in [
        (&["sockets", "--kind", "sctp"][..], &["tcp4", "udp6", "unix", "inet"][..]),
        (&["--kind", "tcp,sctp"], &["tcp4", "udp6", "unix", "inet"]),
        (&["sockets", "--state", "open"], &["LISTEN", "CLOSE_WAIT", "TIME_WAIT"]),
        (&["sockets", "--format", "xml"], &["table", "json", "ndjson", "csv"]),
        (&["decode", "sctp", "-"], &["udplite6", "netstat", "nf_conntrack-stat"]),
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
    for command in [&[][..], &["sockets"], &["summary"], &["top"], &["snmp"], &["decode"]] {
        let help = run([command, &["--help"]].concat()).whole().out;
        let examples: Vec<&str> =
            help.lines().filter_map(|line| line.strip_prefix("  procnet ")).collect();
        assert!(!examples.is_empty(), "{command:?}");
        for example in examples {
            let typed = example.split("  ").next().unwrap().split('|').next().unwrap();
            // With --help nothing runs, but what stands before it has to parse.
            let ran = run(typed.split_whitespace().chain(["--help"]));
            assert_eq!(ran.code, 0, "{typed}: {}", ran.err);
        }
    }
}

#[test]
fn options_of_sockets_do_not_vanish_before_a_subcommand() {
    assert_eq!(run(["--listening", "dev"]).code, 2);
}

#[test]
fn every_key_is_documented() {
    let formats = include_str!("../../../../docs/formats.md");
    for kind in ["tcp", "dev", "snmp", "nf_conntrack-stat"] {
        let header = run(["decode", kind, "/dev/null", "--format", "csv"]).whole().out;
        for key in header.trim_end().split(',') {
            assert!(formats.contains(&format!("`{key}`")), "{key} of {kind}");
        }
    }
}
