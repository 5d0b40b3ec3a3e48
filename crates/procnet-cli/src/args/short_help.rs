//! `-h`: what fits on a screen of 24 lines. `--help` has everything.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory as _, builder::StyledStr};

use super::Args;

/// Of `procnet` and `procnet sockets`.
const SOCKETS: &str = "\
List sockets and the processes that own them

Usage: procnet [OPTIONS] [FILTER]...        procnet COMMAND [OPTIONS]

  -t -u -x -w -0      TCP, UDP, unix, raw, packet; also --kind KIND
  -4 -6 -l            IPv4, IPv6, listeners; also --state STATE
  --port PORT         by port; also --remote-port, --local, --remote, --uid
  --process NAME      by process; also --pid, --unit, --container, --pod
  --netns NETNS       of another network namespace, or all
  -pp -e -i -m -o     show processes, attributes, TCP internals, memory, timers
  --sort FIELD        sort; also --reverse, --max N, --group-by FIELD
  --watch SECONDS     repeat; --events for changes as they happen
  --format FORMAT     table, json, ndjson or csv; --wide for uncut tables
  -K                  close the selected connections, after confirmation
  -q --allow-partial  no messages, exit code 0, if something cannot be read
  FILTER              as of ss: state established and dport = :443; also -F FILE

A process is shown as NAME(PID)/FD: nginx(812)/6 has it as its descriptor 6.

Commands: top, summary, life, explain, capture, decode, completions, man; dev,
snmp, netstat, conntrack, route, addr and others for counters and tables.
`procnet --help` has all options, with examples; `procnet COMMAND -h`.
";

/// Options that are shown for every command, besides those without a heading.
const SHOWN: [&str; 19] = [
    "words",
    "tcp",
    "udp",
    "listening",
    "states",
    "ports",
    "commands",
    "netns",
    "all_ports",
    "kernel",
    "by",
    "group_by",
    "sort",
    "max",
    "for",
    "event_source",
    "watch",
    "format",
    "quiet",
];

/// The help that was asked for, if it is the short one: that of the command line `typed`.
pub(crate) fn short_help(typed: &[OsString]) -> Option<StyledStr> {
    let is_long = |word: &OsString| word == "--help";
    if typed.iter().any(is_long) || typed.get(1).is_some_and(|first| first == "help") {
        return None;
    }
    let mut procnet = Args::command();
    procnet.build();
    let name = typed.get(1).and_then(|first| first.to_str()).unwrap_or_default();
    match procnet.find_subcommand(name) {
        Some(command) if name != "sockets" => Some(shortened(command)),
        _ => Some(SOCKETS.into()),
    }
}

/// Columns of a terminal that has any.
const WIDTH: usize = 80;

/// The help of a command with what is its own, and of each option the first clause.
fn shortened(command: &Command) -> StyledStr {
    let is_shown = |option: &&Arg| {
        let is_known = SHOWN.contains(&option.get_id().as_str());
        !option.is_hide_set() && (is_known || option.get_help_heading().is_none())
    };
    let options = command.get_arguments().filter(is_shown);
    let options = options.filter(|option| option.get_id() != "help");
    let (first, last): (Vec<_>, Vec<_>) = options.partition(|option| option.is_positional());
    let options = first.into_iter().chain(last);
    let options: Vec<(String, String)> =
        options.map(|option| (spelled(option), clause(option))).collect();
    let column = options.iter().map(|(spelled, _)| spelled.len()).max().unwrap_or(0);
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let about = about.split(": ").next().unwrap_or_default();
    let name = command.get_name();
    let mut text =
        format!("{about}\n\nUsage: procnet {name} [OPTIONS]{}\n\n", positionals(command));
    for (spelled, clause) in options {
        let line = format!("  {spelled:column$}  {clause}");
        match line.char_indices().nth(WIDTH) {
            Some(_) => text.extend(line.chars().take(WIDTH - 1).chain("…\n".chars())),
            None => text.extend([&line, "\n"]),
        }
    }
    text.push_str(&format!("\n`procnet {name} --help` has all options, with examples.\n"));
    text.into()
}

fn positionals(command: &Command) -> String {
    let name = |option: &Arg| match option.is_required_set() {
        true => format!(" {}", value_name(option)),
        false => format!(" [{}]...", value_name(option)),
    };
    command.get_positionals().map(name).collect()
}

fn value_name(option: &Arg) -> String {
    let names = option.get_value_names().unwrap_or_default();
    names.first().map_or_else(|| option.get_id().to_string(), ToString::to_string)
}

/// `-w, --wide`, `    --max N`, `FILTER`.
fn spelled(option: &Arg) -> String {
    let Some(long) = option.get_long() else { return value_name(option) };
    let short = option.get_short().map_or("    ".to_owned(), |short| format!("-{short}, "));
    match option.get_action().takes_values() {
        true => format!("{short}--{long} {}", value_name(option)),
        false => format!("{short}--{long}"),
    }
}

/// The first clause of the help of an option.
fn clause(option: &Arg) -> String {
    first_clause(&option.get_help().map(ToString::to_string).unwrap_or_default()).to_owned()
}

/// A text up to the end of its first clause, or up to what is in brackets.
fn first_clause(text: &str) -> &str {
    let ends = [". ", ", ", "; ", ": ", " (", " ["];
    let end = ends.iter().filter_map(|end| text.find(end)).min();
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::first_clause;

    #[test]
    fn a_clause_ends_before_punctuation_and_brackets() {
        for (text, clause) in [
            ("Stop after SECONDS", "Stop after SECONDS"),
            ("Group by FIELD; may be a list. It counts", "Group by FIELD"),
            ("Print at most N groups [default: 10; in a watch, more]", "Print at most N groups"),
            ("Color tables: auto (on a terminal), always or never", "Color tables"),
        ] {
            assert_eq!(first_clause(text), clause);
        }
    }
}
