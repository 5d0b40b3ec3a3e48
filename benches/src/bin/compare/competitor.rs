//! What is measured, and how it is run.

use std::time::Duration;

use procnet_benches::protocol::Answer;
use procnet_corpus::live::LoadGenerator;

use crate::{
    machine, program,
    results::{Group, Task},
    worker::Worker,
};

/// What is known of the generated sockets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) sockets: u64,
    pub(crate) listeners: u64,
    /// Of each process; both ends of these connections are one percent of the sockets.
    pub(crate) connections_to_replace: usize,
}

/// One row of the comparison.
#[derive(Debug)]
pub(crate) struct Competitor {
    pub(crate) id: &'static str,
    pub(crate) group: Group,
    pub(crate) task: Task,
    pub(crate) version: String,
    /// The name and the kind of sockets of the operation that answers, if it is one of this crate.
    pub(crate) operation: Option<(&'static str, &'static str)>,
    /// Why its answer is known to differ.
    pub(crate) differs: Option<&'static str>,
    pub(crate) setup: Setup,
    pub(crate) runner: Runner,
}

/// What happens before each measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    None,
    /// It answers once, so that no socket is new to it.
    WarmUp,
    /// One percent of the sockets of every process are replaced by new ones.
    Replace,
}

/// Counts one line of a command's output.
pub(crate) type Count = fn(&mut Answer, &[u8]);

/// How it is run.
#[derive(Debug)]
pub(crate) enum Runner {
    /// A process that keeps running and takes the time itself: see [`procnet_benches::protocol`].
    Worker(Worker),
    /// A command that is run each time, from its start to its exit.
    Program { words: Vec<String>, count: Count },
}

impl Competitor {
    /// Whether an answer is correct.
    pub(crate) fn is_right(&self, answer: Answer, expected: &Expected) -> bool {
        let Expected { sockets, listeners, .. } = *expected;
        let right = match self.task {
            Task::Nothing => Answer::default(),
            Task::Sockets => Answer { sockets: Some(sockets), owned: None },
            Task::Owners => Answer { sockets: Some(sockets), owned: Some(sockets) },
            Task::Listeners => Answer { sockets: Some(listeners), owned: None },
            Task::OwnedListeners => Answer { sockets: Some(listeners), owned: Some(listeners) },
            Task::Lookup => Answer { sockets: Some(1), owned: None },
        };
        answer == right
    }

    /// Its first answer, and its peak memory by then, in KiB.
    pub(crate) fn first(&mut self, timeout: Duration) -> Result<(Answer, Option<u64>), String> {
        match &mut self.runner {
            Runner::Worker(worker) => {
                let reply = worker.request(timeout)?;
                Ok((reply.answer, machine::peak_memory(worker.pid())))
            }
            Runner::Program { words, count } => program::count(words, *count, timeout),
        }
    }

    /// The time of another answer, which must be correct if a worker gives it.
    pub(crate) fn time(
        &mut self,
        load: &LoadGenerator,
        expected: &Expected,
        timeout: Duration,
    ) -> Result<Duration, String> {
        match self.setup {
            Setup::None => {}
            Setup::WarmUp => drop(self.first(timeout)?),
            Setup::Replace => load.replace_connections(expected.connections_to_replace),
        }
        match &mut self.runner {
            Runner::Worker(worker) => {
                let reply = worker.request(timeout)?;
                if !self.is_right(reply.answer, expected) && self.differs.is_none() {
                    return Err(format!("a later answer was {:?}", reply.answer));
                }
                Ok(reply.time)
            }
            Runner::Program { words, .. } => program::time(words, timeout),
        }
    }
}

/// The note of a competitor that did not answer in time.
pub(crate) fn timed_out(timeout: Duration) -> String {
    format!("no answer within {} s", timeout.as_secs())
}
