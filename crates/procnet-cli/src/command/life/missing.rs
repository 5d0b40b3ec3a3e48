//! What is not known of the connections that ended, or which of them may be missing.

use crate::{
    Outcome,
    messages::message,
    row::{Lasted, LifeRow},
};

#[derive(Debug)]
pub(super) struct Missing {
    /// Whether owners are printed.
    pub(super) shows_owners: bool,
    /// Whether BPF was tried first, which has every duration.
    pub(super) fell_back: bool,
    /// How many may match the filter or not.
    undecided: u64,
    without_owner: u64,
    without_duration: u64,
    lines: Vec<String>,
    outcome: Outcome,
}

impl Missing {
    pub(super) fn new(shows_owners: bool, fell_back: bool) -> Missing {
        let (lines, outcome) = (Vec::new(), Outcome::Complete);
        let (undecided, without_owner, without_duration) = (0, 0, 0);
        Missing {
            shows_owners,
            fell_back,
            undecided,
            without_owner,
            without_duration,
            lines,
            outcome,
        }
    }

    /// Counts one that is left out, as it is unknown whether it matches.
    pub(super) fn undecided(&mut self) {
        self.undecided += 1;
    }

    /// Counts what is unknown of one that is printed.
    pub(super) fn printed(&mut self, row: &LifeRow) {
        self.without_owner += u64::from(row.owners.is_empty());
        self.without_duration += u64::from(!matches!(row.duration, Lasted::Exactly(_)));
    }

    /// Adds lines, and an outcome that was reported.
    pub(super) fn add(&mut self, lines: &str, reported: Outcome) {
        self.lines.extend(lines.lines().map(str::to_owned));
        self.outcome = self.outcome.and(reported);
    }

    /// Reports it.
    pub(super) fn report(mut self) -> Outcome {
        let count = |count: u64| match count {
            1 => "1 connection".to_owned(),
            more => format!("{more} connections"),
        };
        if self.undecided > 0 {
            let why = "it is unknown whether they match the filter";
            self.lines.push(format!("{} left out: {why}", count(self.undecided)));
        }
        if self.without_owner > 0 && self.shows_owners {
            self.lines.push(format!("{}: the owner is unknown", count(self.without_owner)));
        }
        if self.without_duration > 0 && self.fell_back {
            let why = "the duration is unknown, or not exactly known";
            self.lines.push(format!("{}: {why}", count(self.without_duration)));
        }
        self.lines.iter().for_each(|line| message!("{line}"));
        self.outcome.and(Outcome::complete_if(self.lines.is_empty()))
    }
}
