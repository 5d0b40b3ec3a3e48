//! What is mistyped gets the answer that a person would give.

use unicode_width::UnicodeWidthStr as _;

use crate::run::{Ran, run};

/// What is said about a command line that cannot be run.
#[track_caller]
fn refused(typed: &str) -> String {
    let Ran { code, out, err } = run(typed.split(' '));
    assert_eq!((code, &*out), (2, ""), "{typed}");
    err
}

#[test]
fn a_suggestion_is_what_was_probably_meant() {
    for (typed, suggestion) in [
        ("sokets", "did you mean `procnet sockets`?"),
        ("8080", "did you mean `--port 8080`?"),
        (":8080", "did you mean `--port 8080`?"),
        ("-tan 443", "did you mean `--port 443`?"),
        ("lsof -i :80", "those of one process: `procnet --pid PID`"),
        ("nginx", "`--process nginx`"),
        ("-t summary", "options follow the command: `procnet summary …`"),
        ("-l dev", "options follow the command: `procnet dev …`"),
        ("state stablished", "did you mean `state established`?"),
        ("--prot tcp", "did you mean `--kind tcp`?"),
        ("--proto=udp", "did you mean `--kind udp`?"),
        ("-tg", "`procnet igmp`"),
        ("-c", "`--watch 1`"),
        ("top --json", "`--format json`"),
        ("--max -1", "expected a number, 0 or more"),
        ("top --max ten", "expected a number, 0 or more"),
        ("--pid nginx", "--process NAME"),
        ("--watch -2", "expected seconds"),
        ("--listen", "'--listening'"),
    ] {
        let message = refused(typed);
        assert!(message.contains(suggestion), "{typed}: {message}");
        // The name of an option is never meant as a value.
        assert!(!message.contains("as a value"), "{typed}: {message}");
    }
}

#[test]
fn a_suggestion_can_be_run() {
    for typed in ["8080", "https", "10.0.0.0/8", "tcp", "close-wait", "/run/x", "nginx", "sokets"] {
        let message = refused(typed);
        let last = message.lines().last().expect("a suggestion");
        let mut count = 0;
        // Between backquotes.
        for suggested in last.split('`').skip(1).step_by(2) {
            let words = suggested.strip_prefix("procnet ").unwrap_or(suggested);
            let ran = run(words.split(' ').chain(["--no-owners"]));
            assert_ne!(ran.code, 2, "{suggested}: {}", ran.err);
            count += 1;
        }
        assert!(count > 0, "{message}");
    }
}

#[test]
fn an_invalid_filter_has_a_column_and_a_marker() {
    assert_eq!(
        refused("-t sport = http dport ~ 3"),
        "procnet: filter, column 20: expected =, !=, >=, <=, > or <, but found \"~\"\n\
         procnet:   sport = http dport ~ 3\n\
         procnet:                      ^\n"
    );
    assert_eq!(
        refused("sport ="),
        "procnet: filter, column 8: expected a port, as :443 or :https, but it ends there\n\
         procnet:   sport =\n\
         procnet:          ^\n"
    );
}

/// The line that has the marker, and the text above it.
fn above_marker(message: &str) -> &str {
    let lines: Vec<&str> = message.lines().collect();
    let at = lines.iter().position(|line| line.ends_with('^')).expect("a marker");
    let start = lines[at].chars().position(|character| character == '^').unwrap();
    let text = lines[at - 1];
    assert!(lines[at].chars().count() <= 80, "{message}");
    let place = |(at, _): &(usize, char)| text[..*at].width() == start;
    let start = text.char_indices().find(place).map_or(text.len(), |(at, _)| at);
    &text[start..]
}

#[test]
fn the_marker_of_a_long_filter_is_below_its_place() {
    let words = [["sport = :1 or"; 40].join(" "), "dport ! 5".to_owned()].join(" ");
    assert_eq!(above_marker(&refused(&words)), "! 5");
    // What is escaped takes more columns, others take none or two.
    assert_eq!(above_marker(&refused("comm = \u{1b}日本 dport ! 5")).trim(), "! 5");
}
