//! Who is compared, and how each is asked.

use std::time::Duration;

use procnet_benches::protocol::Answer;
use procnet_corpus::live::Farm;

use crate::{
    machine, program,
    results::{Group, Question},
    worker::Worker,
};

/// What is known of the farm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    pub(crate) sockets: u64,
    pub(crate) listeners: u64,
    /// In each process; both ends of them are one in a hundred sockets.
    pub(crate) connections_to_renew: usize,
}

/// One who answers.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub(crate) id: &'static str,
    pub(crate) group: Group,
    pub(crate) question: Question,
    pub(crate) version: String,
    /// The name and the kind of the engine that answers, if one does.
    pub(crate) engine: Option<(&'static str, &'static str)>,
    /// Why its answer is known to be another one.
    pub(crate) differs: Option<&'static str>,
    pub(crate) before: Before,
    pub(crate) how: How,
}

/// What happens before it is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    /// It answers once: the sockets that it has never seen are none.
    Settle,
    /// One in a hundred sockets, of every process, is replaced by a new one.
    Renew,
}

/// Counts a line of a command's output.
pub(crate) type Count = fn(&mut Answer, &[u8]);

/// How it is asked.
#[derive(Debug)]
pub(crate) enum How {
    /// It runs all the time and holds the clock: see [`procnet_benches::protocol`].
    Worker(Worker),
    /// It is a command that is run each time, from its start to its end.
    Program { words: Vec<String>, count: Count },
}

impl Contestant {
    /// Whether an answer is the right one.
    pub(crate) fn is_right(&self, answer: Answer, truth: &Truth) -> bool {
        let expected = match self.question {
            Question::Nothing => Answer::default(),
            Question::Sockets => Answer { sockets: Some(truth.sockets), owned: None },
            Question::Owners => Answer { sockets: Some(truth.sockets), owned: Some(truth.sockets) },
            Question::Listeners => Answer { sockets: Some(truth.listeners), owned: None },
            Question::OwnedListeners => {
                Answer { sockets: Some(truth.listeners), owned: Some(truth.listeners) }
            }
            Question::Lookup => Answer { sockets: Some(1), owned: None },
        };
        answer == expected
    }

    /// Its first answer, and the most memory that it had by then, in KiB.
    pub(crate) fn first(&mut self, limit: Duration) -> Result<(Answer, Option<u64>), String> {
        match &mut self.how {
            How::Worker(worker) => {
                let reply = worker.ask(limit)?;
                Ok((reply.answer, machine::peak_memory(worker.pid())))
            }
            How::Program { words, count } => program::count(words, *count, limit),
        }
    }

    /// How long another answer takes, which must be right if the engine itself tells.
    pub(crate) fn time(
        &mut self,
        farm: &Farm,
        truth: &Truth,
        limit: Duration,
    ) -> Result<Duration, String> {
        match self.before {
            Before::Nothing => {}
            Before::Settle => drop(self.first(limit)?),
            Before::Renew => farm.renew(truth.connections_to_renew),
        }
        match &mut self.how {
            How::Worker(worker) => {
                let reply = worker.ask(limit)?;
                if !self.is_right(reply.answer, truth) && self.differs.is_none() {
                    return Err(format!("it then answered {:?}", reply.answer));
                }
                Ok(reply.time)
            }
            How::Program { words, .. } => program::time(words, limit),
        }
    }
}

/// What is said of one who takes longer.
pub(crate) fn over(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs())
}
