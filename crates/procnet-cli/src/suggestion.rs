//! What was probably meant by input that cannot be parsed.

mod option;

use std::net::IpAddr;

use clap::CommandFactory as _;
use procnet::{Filter, Kinds, decode::escape::Escaped, filter::FilterError};

pub(crate) use self::option::improve;
use crate::args::{Args, States};

/// The words that begin a condition.
const CONDITIONS: [&str; 19] = [
    "sport",
    "dport",
    "src",
    "dst",
    "state",
    "exclude",
    "listening",
    "autobound",
    "uid",
    "inode",
    "pid",
    "comm",
    "unit",
    "container",
    "pod",
    "cgroup",
    "mark",
    "dev",
    "kind",
];

/// Programs that are typed out of habit, and what takes their place.
const PROGRAMS: [(&str, &str); 9] = [
    ("ss", "`procnet` takes its options, as `procnet -tanp`"),
    ("netstat", "`procnet` takes its usual options, as `procnet -tulpn`"),
    (
        "lsof",
        "`procnet` lists sockets with their owners; those of one process: `procnet --pid PID`",
    ),
    ("fuser", "who uses a port: `procnet --port PORT`"),
    ("watch", "to repeat a command: `procnet --watch 2`"),
    ("ip", "see `procnet dev`, `procnet addr` and `procnet route`"),
    ("ifconfig", "see `procnet dev` and `procnet addr`"),
    ("nstat", "see `procnet snmp` and `procnet netstat`"),
    ("tcplife", "did you mean `procnet life`?"),
];

/// How similar two words are that are taken for the same one, from 0 to 1.
const SIMILAR: f64 = 0.8;

/// What was probably meant by an expression that cannot be parsed.
pub(crate) fn for_filter(error: &FilterError) -> Option<String> {
    let word = error.found();
    if error.expected().starts_with("a state") {
        let names = States::NAMES.iter().copied();
        return most_similar(word, names).map(|name| meant(&format!("state {name}")));
    }
    // `dev` is the only command that begins a condition, too.
    if error.text() == "dev" {
        return Some(options_follow(error.text()));
    }
    if !error.expected().starts_with("a condition") || word.is_empty() {
        return None;
    }
    Some(for_word(word))
}

/// What was probably meant by a word where a condition has to begin.
fn for_word(word: &str) -> String {
    let shown = Escaped(word.as_bytes());
    let number = word.strip_prefix(':').unwrap_or(word);
    if format!("sport = :{number}").parse::<Filter>().is_ok() {
        return meant(&format!("--port {number}"));
    }
    if let Ok(number) = word.parse::<u32>() {
        return meant(&format!("--pid {number}"));
    }
    if is_address(word) {
        return format!("did you mean `--remote {shown}` or `--local {shown}`?");
    }
    if word.starts_with(['/', '@']) {
        return meant(&format!("src {shown}"));
    }
    if let Some((_, instead)) = PROGRAMS.iter().find(|(program, _)| *program == word) {
        return (*instead).to_owned();
    }
    let procnet = Args::command();
    let commands: Vec<&str> = procnet.get_subcommands().map(clap::Command::get_name).collect();
    if commands.contains(&word) {
        return options_follow(word);
    }
    if word.parse::<Kinds>().is_ok() {
        return meant(&format!("--kind {word}"));
    }
    if word.parse::<States>().is_ok() {
        return meant(&format!("--state {word}"));
    }
    let mut options = procnet.get_arguments().flat_map(|option| {
        option.get_long().into_iter().chain(option.get_all_aliases().unwrap_or_default())
    });
    if options.any(|option| option == word) {
        return meant(&format!("--{word}"));
    }
    let condition = most_similar(word, CONDITIONS.into_iter());
    match most_similar(word, condition.into_iter().chain(commands)) {
        Some(similar) if condition == Some(similar) => meant(similar),
        Some(command) => meant(&format!("procnet {command}")),
        None => format!("for the sockets of a program: `--process {shown}`"),
    }
}

fn meant(this: &str) -> String {
    format!("did you mean `{this}`?")
}

fn options_follow(command: &str) -> String {
    format!("options follow the command: `procnet {command} …`")
}

/// An address, a prefix, or an address with a port.
fn is_address(word: &str) -> bool {
    let has_digits = word.contains(|letter: char| letter.is_ascii_hexdigit() || letter == ':');
    let is_filter = || format!("dst {word}").parse::<Filter>().is_ok();
    word.parse::<IpAddr>().is_ok() || has_digits && word.contains(['.', ':', '/']) && is_filter()
}

/// The most similar of these words, if any is similar.
fn most_similar<'w>(word: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let word = word.to_ascii_lowercase();
    let scored = known.map(|known| (strsim::jaro(&word, known), known));
    let similar = scored.filter(|(score, _)| *score >= SIMILAR);
    similar.max_by(|(left, _), (right, _)| left.total_cmp(right)).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_condition_is_taken_for_what_it_looks_like() {
        for (word, suggestion) in [
            ("8080", "did you mean `--port 8080`?"),
            (":8080", "did you mean `--port 8080`?"),
            ("https", "did you mean `--port https`?"),
            ("80800", "did you mean `--pid 80800`?"),
            ("10.0.0.0/8", "did you mean `--remote 10.0.0.0/8` or `--local 10.0.0.0/8`?"),
            ("::1", "did you mean `--remote ::1` or `--local ::1`?"),
            ("/run/x", "did you mean `src /run/x`?"),
            ("sokets", "did you mean `procnet sockets`?"),
            ("summery", "did you mean `procnet summary`?"),
            ("top", "options follow the command: `procnet top …`"),
            ("sporrt", "did you mean `sport`?"),
            ("tcp", "did you mean `--kind tcp`?"),
            ("close-wait", "did you mean `--state close-wait`?"),
            ("port", "did you mean `--port`?"),
            ("nginx", "for the sockets of a program: `--process nginx`"),
            ("\u{1b}[31m", "for the sockets of a program: `--process \\x1B[31m`"),
        ] {
            assert_eq!(for_word(word), suggestion, "{word}");
        }
        assert!(for_word("lsof").contains("--pid PID"));
    }

    #[test]
    fn every_condition_begins_one() {
        for condition in CONDITIONS {
            let error = format!("{condition} =").parse::<Filter>().unwrap_err();
            assert!(error.offset() > 0, "{condition}: {error}");
        }
    }
}
