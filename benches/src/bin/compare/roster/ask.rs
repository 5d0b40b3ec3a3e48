//! How each is asked, and whether it can be.

use std::{env, ffi::OsStr, path::PathBuf, process::Command};

use crate::{
    contestant::{Count, How},
    outside::directory,
    worker::Worker,
};

/// How one is asked, before it is known whether it can be.
pub(super) enum Ask {
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

/// Makes ready who is asked; also the version.
pub(super) fn make(ask: &Ask, kind: &str) -> Result<(How, String), String> {
    let worker = |command: &mut Command| {
        Worker::start(command).map(|(worker, version)| (How::Worker(worker), version))
    };
    match ask {
        Ask::Engine(name) => worker(Command::new(directory()?.join("engine")).args([name, kind])),
        Ask::Built(program, argument) => {
            let path = peers()?.join(program);
            if !path.exists() {
                return Err("not built: benches/peers.sh does that".to_owned());
            }
            worker(Command::new(path).args([argument, kind]))
        }
        Ask::Python(script) => worker(Command::new(python()?).args(["-c", script, kind])),
        Ask::Ours(options, count) => {
            let path = directory()?.join("procnet");
            let path = path.to_str().ok_or("its path is no text")?;
            let version = version(path, "--version")?;
            let words = [&[path, "sockets", "--kind", kind, "--format", "ndjson"], *options];
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
}
