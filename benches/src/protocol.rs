//! The protocol between `compare` and a worker process.
//!
//! The worker prints `ready VERSION` when it has started. Each line on its standard input is a
//! request; the line it prints in response is the [`Reply`]: the number of sockets, how many of
//! them have an owner, the time in nanoseconds, and the heap allocations if they are counted. `-`
//! stands for an unknown number.
//!
//! The worker takes the time itself, so that counting the answer is not part of it.

use std::{
    fmt,
    io::{self, BufRead as _, Write as _},
    str::FromStr,
    time::Duration,
};

use crate::operation::Operation;

/// The answer of an operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The number of sockets; `None` from a floor, which keeps nothing.
    pub sockets: Option<u64>,
    /// The number of sockets with an owner, if owners were requested.
    pub owned: Option<u64>,
}

/// The answer of an operation, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// How long it took.
    pub time: Duration,
    /// The number of heap allocations, if they were counted.
    pub allocations: Option<u64>,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reply { answer, time, allocations } = self;
        let numbers =
            [answer.sockets, answer.owned, u64::try_from(time.as_nanos()).ok(), *allocations];
        for (at, number) in numbers.into_iter().enumerate() {
            let blank = if at == 0 { "" } else { " " };
            match number {
                Some(number) => write!(f, "{blank}{number}")?,
                None => write!(f, "{blank}-")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Reply {
    type Err = String;

    fn from_str(line: &str) -> Result<Reply, String> {
        let words: Vec<Option<u64>> =
            line.split_whitespace().map(|word| word.parse().ok()).collect();
        match words[..] {
            [sockets, owned, Some(nanos), ref rest @ ..] => Ok(Reply {
                answer: Answer { sockets, owned },
                time: Duration::from_nanos(nanos),
                allocations: rest.first().copied().flatten(),
            }),
            _ => Err(line.to_owned()),
        }
    }
}

/// Answers requests until standard input ends. `allocations` returns the heap allocations so far.
///
/// # Errors
///
/// Why the operation cannot answer, or why the answer cannot be written.
pub fn serve(
    version: &str,
    operation: &mut Operation,
    allocations: impl Fn() -> Option<u64>,
) -> Result<(), String> {
    let print = |line: fmt::Arguments<'_>| {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
    };
    print(format_args!("ready {version}"))?;
    for request in io::stdin().lock().lines() {
        request.map_err(|error| error.to_string())?;
        let before = allocations();
        let (answer, time) = operation()?;
        let allocations = allocations().zip(before).map(|(after, before)| after - before);
        print(format_args!("{}", Reply { answer, time, allocations }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_read_as_it_was_written() {
        let answer = Answer { sockets: Some(7), owned: None };
        let reply = Reply { answer, time: Duration::from_nanos(12), allocations: Some(0) };
        assert_eq!(reply.to_string(), "7 - 12 0");
        assert_eq!(reply.to_string().parse(), Ok(reply));
        assert_eq!("7 - 12".parse(), Ok(Reply { allocations: None, ..reply }));
        assert_eq!("no answer".parse::<Reply>(), Err("no answer".to_owned()));
    }
}
