//! Engines that run all the time.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use procnet_benches::protocol::Reply;

use crate::contestant::over;

/// A process that answers as often as it is asked; ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    questions: ChildStdin,
    lines: Receiver<String>,
}

impl Worker {
    /// Starts it; also its version.
    pub(crate) fn start(command: &mut Command) -> Result<(Worker, String), String> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().map_err(|error| error.to_string())?;
        let questions = child.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let worker = Worker { child, questions, lines };
        let ready = worker.hear(Duration::from_secs(60))?;
        let version = ready.strip_prefix("ready").ok_or_else(|| ready.clone())?.trim().to_owned();
        Ok((worker, version))
    }

    fn hear(&self, limit: Duration) -> Result<String, String> {
        self.lines.recv_timeout(limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => over(limit),
            RecvTimeoutError::Disconnected => "it has ended".to_owned(),
        })
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its next answer.
    pub(crate) fn ask(&mut self, limit: Duration) -> Result<Reply, String> {
        self.questions.write_all(b"\n").map_err(|error| error.to_string())?;
        self.hear(limit)?.parse()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
