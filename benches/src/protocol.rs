//! How an engine in a process of its own is asked.
//!
//! It says `ready VERSION` when it has started. Each line on its standard input is a
//! question, the line that it then writes is the [`Reply`]: how many sockets there are, how
//! many of them have an owner, how long that took in nanoseconds, and how many heap
//! allocations, where they are counted. `-` stands for what it does not know.
//!
//! The engine holds the clock, as only it knows what is its answer and what is counting it.

use std::{
    fmt,
    io::{self, BufRead as _, Write as _},
    str::FromStr,
    time::Duration,
};

use crate::engine::Engine;

/// What an engine found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Sockets; none from a floor, which keeps nothing.
    pub sockets: Option<u64>,
    /// Sockets with an owner, if it looked for owners.
    pub owned: Option<u64>,
}

/// What an engine found, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it found.
    pub answer: Answer,
    /// How long it took.
    pub time: Duration,
    /// How many heap allocations it made, if they were counted.
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

/// Answers until standard input ends. `allocations` tells how many there were so far.
///
/// # Errors
///
/// Why the engine cannot answer, or that nobody listens.
pub fn serve(
    version: &str,
    engine: &mut Engine,
    allocations: impl Fn() -> Option<u64>,
) -> Result<(), String> {
    let say = |line: fmt::Arguments<'_>| {
        let mut out = io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
    };
    say(format_args!("ready {version}"))?;
    for question in io::stdin().lock().lines() {
        question.map_err(|error| error.to_string())?;
        let before = allocations();
        let (answer, time) = engine()?;
        let allocations = allocations().zip(before).map(|(after, before)| after - before);
        say(format_args!("{}", Reply { answer, time, allocations }))?;
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
