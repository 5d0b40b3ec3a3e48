//! Commands that are run once for each answer.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use procnet_benches::protocol::Answer;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, PidfdFlags, pidfd_open},
};

use crate::{
    competitor::{Count, timed_out},
    machine,
};

/// Times a command whose output is discarded.
pub(crate) fn time(words: &[String], timeout: Duration) -> Result<Duration, String> {
    let begin = Instant::now();
    let mut child = spawn(words, Stdio::null())?;
    let ended = ends_within(&mut child, timeout);
    let time = begin.elapsed();
    if ended { Ok(time) } else { Err(timed_out(timeout)) }
}

/// Runs a command and counts its output. Its memory is checked whenever some output arrives.
pub(crate) fn count(
    words: &[String],
    count: Count,
    timeout: Duration,
) -> Result<(Answer, Option<u64>), String> {
    let mut child = spawn(words, Stdio::piped())?;
    let mut output = child.stdout.take().ok_or("no pipe")?;
    let pid = child.id();
    let counter = thread::spawn(move || {
        let (mut answer, mut peak) = (Answer::default(), None);
        let (mut text, mut block) = (Vec::new(), vec![0; 64 << 10]);
        loop {
            let read = output.read(&mut block).unwrap_or(0);
            // Later values are larger, but there is none once the process has ended.
            peak = peak.max(machine::peak_memory(pid));
            text.extend_from_slice(&block[..read]);
            let mut rest = &text[..];
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                count(&mut answer, &rest[..end]);
                rest = &rest[end + 1..];
            }
            let done = text.len() - rest.len();
            text.drain(..done);
            if read == 0 {
                return (answer, peak);
            }
        }
    });
    let ended = ends_within(&mut child, timeout);
    let counted = counter.join().map_err(|_| "its output could not be counted".to_owned())?;
    if ended { Ok(counted) } else { Err(timed_out(timeout)) }
}

fn spawn(words: &[String], output: Stdio) -> Result<Child, String> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    command.spawn().map_err(|error| format!("{}: {error}", words[0]))
}

/// Waits for a command to end, and kills it after the timeout. Whether it ended by itself.
fn ends_within(child: &mut Child, timeout: Duration) -> bool {
    let by_itself = || {
        let pidfd = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
        let timeout = Timespec::try_from(timeout).map_err(|_| Errno::INVAL)?;
        poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&timeout))
    };
    let by_itself = by_itself().is_ok_and(|events| events > 0);
    if !by_itself {
        let _ = child.kill();
    }
    child.wait().is_ok_and(|status| status.code().is_some()) && by_itself
}
