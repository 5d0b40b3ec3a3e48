//! Commands that are run anew for each answer.

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
    contestant::{Count, over},
    machine,
};

/// Runs a command whose output nobody reads.
pub(crate) fn time(words: &[String], limit: Duration) -> Result<Duration, String> {
    let begin = Instant::now();
    let mut child = spawn(words, Stdio::null())?;
    let ended = ends_within(&mut child, limit);
    let time = begin.elapsed();
    if ended { Ok(time) } else { Err(over(limit)) }
}

/// Runs a command and counts what its output says. Its memory is looked at whenever some
/// output comes.
pub(crate) fn count(
    words: &[String],
    count: Count,
    limit: Duration,
) -> Result<(Answer, Option<u64>), String> {
    let mut child = spawn(words, Stdio::piped())?;
    let mut output = child.stdout.take().ok_or("no pipe")?;
    let pid = child.id();
    let counter = thread::spawn(move || {
        let (mut answer, mut peak) = (Answer::default(), None);
        let (mut text, mut block) = (Vec::new(), vec![0; 64 << 10]);
        loop {
            let read = output.read(&mut block).unwrap_or(0);
            // Later ones are larger, but there is none once it has ended.
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
    let ended = ends_within(&mut child, limit);
    let counted = counter.join().map_err(|_| "its output cannot be counted".to_owned())?;
    if ended { Ok(counted) } else { Err(over(limit)) }
}

fn spawn(words: &[String], output: Stdio) -> Result<Child, String> {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    command.spawn().map_err(|error| format!("{}: {error}", words[0]))
}

/// Waits for a command to end; one that is late is ended. Whether it ended by itself.
fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let by_itself = || {
        let pidfd = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
        let limit = Timespec::try_from(limit).map_err(|_| Errno::INVAL)?;
        poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&limit))
    };
    let by_itself = by_itself().is_ok_and(|events| events > 0);
    if !by_itself {
        let _ = child.kill();
    }
    child.wait().is_ok_and(|status| status.code().is_some()) && by_itself
}
