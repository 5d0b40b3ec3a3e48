//! Everyone who is compared.

use std::{env, ffi::OsStr, path::PathBuf, process::Command};

use procnet_benches::protocol::Answer;

use crate::{
    args::Args,
    contestant::{Before, Contestant, Count, How},
    outside::directory,
    progress::say,
    results::{Group, Question, Skipped},
    worker::Worker,
};

/// The names of those that others are held against.
pub(crate) const READ: &str = "read /proc/net/tcp";
pub(crate) const WALK: &str = "walk /proc/PID/fd";
pub(crate) const VISIT: &str = "procnet, no owners";
pub(crate) const OWNERS: &str = "procnet, with owners";
const LIST: &str = "procnet, with owners, kept in a list";
pub(crate) const INCREMENTAL: &str = "procnet, incremental owners";
pub(crate) const RENEWED: &str = "procnet, incremental owners, 1 % new sockets";
const SUMMARY: &str = "procnet, counts only";
const LISTENERS: &str = "procnet, listeners, no owners";
const OWNED_LISTENERS: &str = "procnet, listeners, incremental owners";
pub(crate) const COMMAND: &str = "procnet sockets --format ndjson";
pub(crate) const COMMAND_VISIT: &str = "procnet sockets --format ndjson --no-owners";

/// How one is asked, before it is known whether it can be.
enum Ask {
    /// One of the engines of this crate.
    Engine(&'static str),
    /// A program that peers.sh puts under `target/peers`, and its argument.
    Built(&'static str, &'static str),
    /// A program for a Python that has psutil.
    Python(&'static str),
    /// A command of this workspace.
    Ours(&'static [&'static str], Count),
    /// A command that is installed, and how it tells its version.
    Installed(&'static [&'static str], &'static str, Count),
}

struct Entry {
    id: &'static str,
    group: Group,
    question: Question,
    ask: Ask,
    before: Before,
    differs: Option<&'static str>,
}

const fn entry(id: &'static str, group: Group, question: Question, ask: Ask) -> Entry {
    Entry { id, group, question, ask, before: Before::Nothing, differs: None }
}

/// The one list. A new engine is an entry here, and one in `procnet_benches::engine::ALL`.
const ALL: [Entry; 22] = {
    use self::{
        Ask::{Built, Engine, Installed, Ours, Python},
        Group::{Floor, Peer, Procnet},
        Question::{Listeners, Nothing, OwnedListeners, Owners, Sockets},
    };
    [
        entry(READ, Floor, Nothing, Engine("floor-read")),
        entry(WALK, Floor, Nothing, Engine("floor-walk")),
        entry(VISIT, Procnet, Sockets, Engine("procnet-visit")),
        entry(OWNERS, Procnet, Owners, Engine("procnet-owners")),
        entry(LIST, Procnet, Owners, Engine("procnet-collect")),
        Entry {
            before: Before::Settle,
            ..entry(INCREMENTAL, Procnet, Owners, Engine("procnet-incremental"))
        },
        Entry {
            before: Before::Renew,
            ..entry(RENEWED, Procnet, Owners, Engine("procnet-incremental"))
        },
        entry(SUMMARY, Procnet, Sockets, Engine("procnet-summary")),
        entry(LISTENERS, Procnet, Listeners, Engine("procnet-listeners")),
        Entry {
            before: Before::Settle,
            ..entry(
                OWNED_LISTENERS,
                Procnet,
                OwnedListeners,
                Engine("procnet-incremental-listeners"),
            )
        },
        entry(COMMAND_VISIT, Procnet, Sockets, Ours(&["--no-owners"], rows)),
        entry(COMMAND, Procnet, Owners, Ours(&[], json)),
        entry("ss -4tan", Peer, Sockets, Installed(&["ss", "-H4tan"], "-V", rows)),
        entry("ss -4tanp", Peer, Owners, Installed(&["ss", "-H4tanp"], "-V", ss)),
        entry("gopsutil, without uids", Peer, Owners, Built("gopsutil", "without-uids")),
        entry("gopsutil", Peer, Owners, Built("gopsutil", "default")),
        entry("psutil", Peer, Owners, Python(include_str!("../../../peers/psutil_engine.py"))),
        entry("lsof -nP -i4TCP", Peer, Owners, Installed(&["lsof", "-nP", "-i4TCP"], "-v", lsof)),
        entry("netstat -4tanp", Peer, Owners, Installed(&["netstat", "-4tanp"], "-V", netstat)),
        entry("procfs", Peer, Owners, Engine("procfs")),
        entry("netstat2", Peer, Owners, Built("netstat2", "")),
        Entry {
            differs: Some("keeps sockets by process and local address, so it has fewer"),
            ..entry("listeners", Peer, Owners, Engine("listeners"))
        },
    ]
};

/// Those that can take part, and why the others cannot.
pub(crate) fn gather(args: &Args) -> (Vec<Contestant>, Vec<Skipped>) {
    let (mut contestants, mut skipped) = (Vec::new(), Vec::new());
    for entry in ALL {
        if entry.group == Group::Peer && !args.wants(entry.id) {
            continue;
        }
        let Entry { id, group, question, differs, before, ask } = entry;
        match make(&ask) {
            Ok((how, version)) => {
                contestants.push(Contestant { id, group, question, version, differs, before, how });
            }
            Err(reason) => {
                say(format_args!("SKIPPED {id}: {reason}"));
                skipped.push(Skipped { id: id.to_owned(), reason });
            }
        }
    }
    (contestants, skipped)
}

/// The name of the engine that answers for an entry.
pub(crate) fn engine_of(id: &str) -> Option<&'static str> {
    ALL.iter().find_map(|entry| match entry.ask {
        Ask::Engine(name) if entry.id == id => Some(name),
        _ => None,
    })
}

fn make(ask: &Ask) -> Result<(How, String), String> {
    let worker = |command: &mut Command| {
        Worker::start(command).map(|(worker, version)| (How::Worker(worker), version))
    };
    match ask {
        Ask::Engine(name) => worker(Command::new(directory()?.join("engine")).arg(name)),
        Ask::Built(program, argument) => {
            let path = peers()?.join(program);
            if !path.exists() {
                return Err("not built: benches/peers.sh does that".to_owned());
            }
            worker(Command::new(path).arg(argument))
        }
        Ask::Python(script) => worker(Command::new(python()?).args(["-c", script])),
        Ask::Ours(options, count) => {
            let path = directory()?.join("procnet");
            let path = path.to_str().ok_or("its path is no text")?;
            let version = version(path, "--version")?;
            let words = [&[path, "sockets", "--kind", "tcp4", "--format", "ndjson"], *options];
            Ok((program(&words.concat(), *count), version))
        }
        Ask::Installed(words, option, count) => {
            let version = version(words[0], option)?;
            Ok((program(words, *count), version))
        }
    }
}

fn program(words: &[&str], count: Count) -> How {
    How::Program { words: words.iter().map(|word| (*word).to_owned()).collect(), count }
}

/// What a command says of itself.
fn version(program: &str, option: &str) -> Result<String, String> {
    let told = Command::new(program).arg(option).output();
    let told = told.map_err(|error| format!("{program}: {error}"))?;
    Ok(version_in(&[told.stdout, told.stderr].concat()))
}

/// Where peers.sh puts what it builds.
fn peers() -> Result<PathBuf, String> {
    let directory = directory()?;
    directory.parent().map(|target| target.join("peers")).ok_or_else(|| "no target".to_owned())
}

/// `$PROCNET_PYTHON`, else the one that peers.sh makes, else the one that is installed.
fn python() -> Result<PathBuf, String> {
    let venv = peers()?.join("python/bin/python");
    let mut candidates: Vec<PathBuf> =
        env::var_os("PROCNET_PYTHON").map(PathBuf::from).into_iter().collect();
    candidates.extend([venv, PathBuf::from("python3")]);
    let has_psutil = |python: &PathBuf| {
        let tried =
            Command::new(python).args([OsStr::new("-c"), OsStr::new("import psutil")]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    candidates.into_iter().find(has_psutil).ok_or_else(|| "no Python that has psutil".to_owned())
}

/// The first word that is a version, in what a command says of itself.
fn version_in(told: &[u8]) -> String {
    let text = String::from_utf8_lossy(told);
    let is_version =
        |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == '-');
    words.into_iter().find(is_version).unwrap_or_default().to_owned()
}

/// Counts a socket, and whether it has an owner.
fn add(answer: &mut Answer, owned: Option<bool>) {
    *answer.sockets.get_or_insert(0) += 1;
    if let Some(owned) = owned {
        *answer.owned.get_or_insert(0) += u64::from(owned);
    }
}

fn contains(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len()).any(|window| window == text)
}

fn rows(answer: &mut Answer, _line: &[u8]) {
    add(answer, None);
}

fn ss(answer: &mut Answer, line: &[u8]) {
    add(answer, Some(contains(line, b"users:((")));
}

fn json(answer: &mut Answer, line: &[u8]) {
    add(answer, Some(contains(line, b"\"owners\":[{")));
}

/// It lists descriptors, so only what has an owner.
fn lsof(answer: &mut Answer, line: &[u8]) {
    if contains(line, b" TCP ") {
        add(answer, Some(true));
    }
}

fn netstat(answer: &mut Answer, line: &[u8]) {
    if line.starts_with(b"tcp") {
        add(answer, Some(!line.trim_ascii_end().ends_with(b" -")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart_from_words() {
        let of = |text: &str| version_in(text.as_bytes());
        assert_eq!(of("ss utility, iproute2-6.1.0, libbpf 1.1.0"), "6.1.0");
        assert_eq!(of("net-tools 2.10\n"), "2.10");
        assert_eq!(of("nothing"), "");
    }

    #[test]
    fn engines_of_the_list_exist() {
        for entry in ALL {
            if let Ask::Engine(name) = entry.ask {
                let known = procnet_benches::engine::ALL;
                assert!(known.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
    }
}
