//! How competitors are started, if they can be.

use std::{env, ffi::OsStr, path::PathBuf, process::Command};

use crate::{
    competitor::{Count, Runner},
    driver::directory,
    worker::Worker,
};

/// How a competitor is started.
pub(super) enum Launch {
    /// One of the operations of this crate.
    Operation(&'static str),
    /// A program that peers.sh installs in `target/peers`, and its argument.
    Built(&'static str, &'static str),
    /// A script for a Python with psutil.
    Python(&'static str),
    /// The command of this workspace, with further options.
    Command(&'static [&'static str], Count),
    /// An installed command, and the option that prints its version.
    Installed(&'static [&'static str], &'static str, Count),
}

/// Starts or locates a competitor; also returns its version.
pub(super) fn start(launch: &Launch, kind: &str) -> Result<(Runner, String), String> {
    let worker = |command: &mut Command| {
        Worker::start(command).map(|(worker, version)| (Runner::Worker(worker), version))
    };
    match launch {
        Launch::Operation(name) => {
            worker(Command::new(directory()?.join("worker")).args([name, kind]))
        }
        Launch::Built(program, argument) => {
            let path = peers()?.join(program);
            if !path.exists() {
                return Err("not built, run benches/peers.sh".to_owned());
            }
            worker(Command::new(path).args([argument, kind]))
        }
        Launch::Python(script) => worker(Command::new(python()?).args(["-c", script, kind])),
        Launch::Command(options, count) => {
            let path = directory()?.join("procnet");
            let path = path.to_str().ok_or("its path is not UTF-8")?;
            let version = version(path, "--version")?;
            let words = [&[path, "sockets", "--kind", kind, "--format", "ndjson"], *options];
            Ok((program(&words.concat(), *count), version))
        }
        Launch::Installed(words, option, count) => {
            let version = version(words[0], option)?;
            Ok((program(words, *count), version))
        }
    }
}

fn program(words: &[&str], count: Count) -> Runner {
    Runner::Program { words: words.iter().map(|word| (*word).to_owned()).collect(), count }
}

/// The version that a command prints.
fn version(program: &str, option: &str) -> Result<String, String> {
    let output = Command::new(program).arg(option).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    Ok(version_in(&[output.stdout, output.stderr].concat()))
}

/// The directory where peers.sh installs what it builds.
fn peers() -> Result<PathBuf, String> {
    let directory = directory()?;
    directory.parent().map(|target| target.join("peers")).ok_or_else(|| "no target".to_owned())
}

/// `$PROCNET_PYTHON`, else the virtual environment of peers.sh, else the installed Python.
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
    candidates.into_iter().find(has_psutil).ok_or_else(|| "no Python with psutil".to_owned())
}

/// The first word that looks like a version.
fn version_in(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let is_version =
        |word: &&str| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit());
    let words = text.split(|c: char| c.is_whitespace() || c == ',' || c == '-');
    words.into_iter().find(is_version).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_distinguished_from_words() {
        let of = |text: &str| version_in(text.as_bytes());
        assert_eq!(of("ss utility, iproute2-6.1.0, libbpf 1.1.0"), "6.1.0");
        assert_eq!(of("net-tools 2.10\n"), "2.10");
        assert_eq!(of("nothing"), "");
    }
}
