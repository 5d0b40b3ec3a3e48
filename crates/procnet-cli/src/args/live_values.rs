//! Values that shells complete with what exists at the moment.
//!
//! Whoever starts a process chooses its name, and what is completed is put into a command line that
//! somebody is about to run. So only names that no shell interprets are offered.

use std::{borrow::Cow, collections::BTreeMap, fs};

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use procnet::{Kinds, ProcRoot, Query, Scanner, State, process::ProcessDetails};

use super::{netns::NAMED, states::States};

/// The most values that are offered.
const MOST: usize = 4096;

/// Names of processes.
pub(super) fn commands() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let mut names: Vec<String> = processes().into_values().collect();
        names.sort_unstable();
        names.dedup();
        candidates(names.into_iter().map(|name| (name, None)))
    })
}

/// PIDs, with the names of the processes.
pub(super) fn pids() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        candidates(processes().into_iter().map(|(pid, name)| (pid.to_string(), Some(name))))
    })
}

/// Ports that are listened on, with the processes that do.
pub(super) fn ports() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let mut ports: BTreeMap<u16, String> = BTreeMap::new();
        let query =
            Query::new().kinds(Kinds::TCP | Kinds::UDP).states([State::LISTEN, State::CLOSE]);
        if let Ok(mut scanner) = Scanner::new() {
            let _ = scanner.visit(&query, |socket| {
                let Some(local) = socket.local().filter(|local| local.port() > 0) else { return };
                let owner = socket.owners.iter().next();
                let name = owner.map(|owner| owner.comm().to_string()).unwrap_or_default();
                ports.entry(local.port()).or_insert(name);
            });
        }
        candidates(ports.into_iter().map(|(port, name)| (port.to_string(), Some(name))))
    })
}

/// Network namespaces: keywords, and those of `ip netns`.
pub(super) fn namespaces() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let keywords = [("own", "that of this command"), ("all", "those of all processes")];
        let keywords = keywords.map(|(word, help)| (word.to_owned(), Some(help.to_owned())));
        let entries = fs::read_dir(NAMED).into_iter().flatten().flatten();
        let mut named: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        named.sort_unstable();
        candidates(keywords.into_iter().chain(named.into_iter().map(|name| (name, None))))
    })
}

/// Users, by name.
pub(super) fn users() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let names = users.lines().filter_map(|line| line.split(':').next());
        candidates(names.map(|name| (name.to_owned(), None)))
    })
}

/// Systemd units of processes.
pub(super) fn units() -> ArgValueCandidates {
    within(|details| details.unit().map(<[u8]>::to_vec))
}

/// Containers of processes.
pub(super) fn containers() -> ArgValueCandidates {
    within(|details| details.container().map(Cow::into_owned))
}

/// Pods of processes.
pub(super) fn pods() -> ArgValueCandidates {
    within(|details| details.pod().map(Cow::into_owned))
}

/// What processes run in, with the name of one of them.
fn within(of: fn(&ProcessDetails) -> Option<Vec<u8>>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let Ok(root) = ProcRoot::own() else { return Vec::new() };
        let named = processes().into_iter().filter_map(|(pid, comm)| {
            let details = ProcessDetails::read(&root, pid).ok()?;
            Some((String::from_utf8(of(&details)?).ok()?, Some(comm)))
        });
        candidates(named.collect::<BTreeMap<_, _>>().into_iter())
    })
}

/// What a filter expression begins with, and states.
pub(super) fn filter_words() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let words = [
            ("state", "only these states"),
            ("exclude", "not these states"),
            ("sport", "local port"),
            ("dport", "peer port"),
            ("src", "local address"),
            ("dst", "peer address"),
            ("listening", "listeners"),
            ("autobound", "the kernel chose the local port"),
            ("uid", "user"),
            ("inode", "inode"),
            ("pid", "process"),
            ("comm", "name of a process"),
            ("unit", "systemd unit of a process"),
            ("container", "container of a process"),
            ("pod", "pod of a process"),
            ("cgroup", "control group"),
            ("mark", "mark"),
            ("dev", "interface"),
            ("kind", "kind of socket"),
            ("type", "type of socket"),
            ("and", "both"),
            ("or", "either"),
            ("not", "the opposite"),
        ];
        let words = words.map(|(word, help)| (word.to_owned(), Some(help.to_owned())));
        let states = States::NAMES.map(|state| (state.to_owned(), Some("a state".to_owned())));
        candidates(words.into_iter().chain(states))
    })
}

/// Each process with its name.
fn processes() -> BTreeMap<u32, String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let named = pids.filter_map(|pid| {
        let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
        let name = String::from_utf8(name).ok()?;
        Some((pid, name.trim_end_matches('\n').to_owned()))
    });
    named.collect()
}

/// Whether no shell does anything with a word but take it.
fn is_plain(word: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+' | b'@');
    !word.is_empty() && !word.starts_with('-') && word.bytes().all(is_plain)
}

fn candidates(values: impl Iterator<Item = (String, Option<String>)>) -> Vec<CompletionCandidate> {
    let values = values.filter(|(value, _)| is_plain(value)).take(MOST);
    let candidate = |(value, help): (String, Option<String>)| {
        let help = help.filter(|help| help.split(' ').all(is_plain));
        CompletionCandidate::new(value).help(help.map(Into::into))
    };
    values.map(candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn only_words_that_no_shell_interprets_are_offered() {
        for word in ["nginx", "tmux.server-1", "user@1000", "g++"] {
            assert!(is_plain(word), "{word}");
        }
        for word in
            ["", "-rf", "$(id)", "`id`", "a b", "a;b", "a\nb", "a'b", "~", "a*", "\x1b[m", "é"]
        {
            assert!(!is_plain(word), "{word:?}");
        }
    }
}
