//! A terminal that tmux draws.

use std::{
    path::PathBuf,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::run::{has, skipped};

/// How long anything may take on a machine with other work.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Pane {
    dir: TempDir,
}

/// Whether there is a terminal to test on; says so if there is none.
pub(crate) fn is_missing() -> bool {
    let missing = !has("tmux", "-V");
    if missing {
        skipped("tmux is not installed, so there is no terminal to test on");
    }
    missing
}

impl Pane {
    /// Runs a command of the shell on a terminal of this width and height.
    pub(crate) fn run(width: usize, height: usize, shell: &str) -> Pane {
        let pane = Pane { dir: tempfile::tempdir().expect("a directory") };
        let shell = format!("{shell}; touch '{}'; sleep 60", pane.done().display());
        let (width, height) = (width.to_string(), height.to_string());
        pane.tmux(&["new-session", "-d", "-x", &width, "-y", &height, &shell]);
        pane
    }

    fn done(&self) -> PathBuf {
        self.dir.path().join("done")
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        // Without a configuration, and in UTF-8, whoever runs the tests.
        command.arg("-S").arg(self.dir.path().join("tmux")).args(["-u", "-f", "/dev/null"]);
        command.args(args).env_remove("TMUX").env_remove("NO_COLOR");
        let ran = command.output().expect("tmux runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("UTF-8")
    }

    /// What it shows now.
    pub(crate) fn shown(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-N"])
    }

    /// What it shows now, with the sequences that colour it.
    pub(crate) fn coloured(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// What it shows once the command has ended.
    pub(crate) fn ended(&self) -> String {
        self.wait("the end", || self.done().exists());
        // What the command wrote may still be on its way through the terminal.
        let mut shown = String::new();
        loop {
            sleep(Duration::from_millis(100));
            let now = self.shown();
            if now == shown {
                return shown.trim_end().to_owned();
            }
            shown = now;
        }
    }

    /// What it shows once that holds.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let mut shown = String::new();
        self.wait(what, || {
            shown = self.shown();
            holds(&shown)
        });
        shown
    }

    fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let limit = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < limit, "no {what} in\n{}", self.shown());
            sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key, by tmux's name for it.
    pub(crate) fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    pub(crate) fn resize(&self, width: usize, height: usize) {
        let (width, height) = (width.to_string(), height.to_string());
        self.tmux(&["resize-window", "-x", &width, "-y", &height]);
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        let socket = self.dir.path().join("tmux");
        let mut command = Command::new("tmux");
        let _ = command.arg("-S").arg(socket).arg("kill-server").env_remove("TMUX").output();
    }
}
