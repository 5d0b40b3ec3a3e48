//! A terminal of tmux.

use std::{
    path::PathBuf,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::run::{has, skipped};

/// A timeout that allows for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Pane {
    dir: TempDir,
}

/// Whether tmux is missing, which is reported.
pub(crate) fn is_missing() -> bool {
    let missing = !has("tmux", "-V");
    if missing {
        skipped("tmux is not installed: no terminal to test on");
    }
    missing
}

impl Pane {
    /// Runs a shell command on a terminal of this size.
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

    pub(crate) fn tmux(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        // Without a configuration, and in UTF-8.
        command.arg("-S").arg(self.dir.path().join("tmux")).args(["-u", "-f", "/dev/null"]);
        command.args(args).env_remove("TMUX").env_remove("NO_COLOR");
        let ran = command.output().expect("tmux runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("UTF-8")
    }

    /// Its current contents.
    pub(crate) fn shown(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-N"])
    }

    /// Its current contents, with the sequences of colors.
    pub(crate) fn colored(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Its contents after the command has ended.
    pub(crate) fn ended(&self) -> String {
        self.wait("the end", || self.done().exists());
        // The terminal may not have processed all output yet.
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

    /// Its contents once the condition holds.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let mut shown = String::new();
        self.wait(what, || {
            shown = self.shown();
            holds(&shown)
        });
        shown
    }

    fn wait(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let limit = Instant::now() + TIMEOUT;
        while !holds() {
            assert!(Instant::now() < limit, "no {what} in\n{}", self.shown());
            sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key, by its name in tmux.
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
