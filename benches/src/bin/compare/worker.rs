//! Processes that keep running and answer one request after the other.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use procnet_benches::protocol::Reply;

use crate::competitor::timed_out;

/// A process that answers requests; killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    requests: ChildStdin,
    lines: Receiver<String>,
}

impl Worker {
    /// Starts it, and returns its version too.
    pub(crate) fn start(command: &mut Command) -> Result<(Worker, String), String> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().map_err(|error| error.to_string())?;
        let requests = child.stdin.take().ok_or("no pipe")?;
        let output = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let worker = Worker { child, requests, lines };
        let ready = worker.receive(Duration::from_secs(60))?;
        let version = ready.strip_prefix("ready").ok_or_else(|| ready.clone())?.trim().to_owned();
        Ok((worker, version))
    }

    fn receive(&self, timeout: Duration) -> Result<String, String> {
        self.lines.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => timed_out(timeout),
            RecvTimeoutError::Disconnected => "its process has ended".to_owned(),
        })
    }

    /// Its pid.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its next answer.
    pub(crate) fn request(&mut self, timeout: Duration) -> Result<Reply, String> {
        self.requests.write_all(b"\n").map_err(|error| error.to_string())?;
        self.receive(timeout)?.parse()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
