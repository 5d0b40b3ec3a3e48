//! The measurement itself: first each competitor answers once, then they are timed in turn.

use std::{process::Command, time::Duration};

use procnet_corpus::live::LoadGenerator;

use crate::{
    args::Args,
    competitor::{Competitor, Expected},
    driver::directory,
    progress::Bar,
    results::{Group, Measured, Skipped},
    worker::Worker,
};

/// Fails if an answer is wrong that is not known to differ.
pub(crate) fn run(
    args: &Args,
    competitors: Vec<Competitor>,
    load: &LoadGenerator,
    expected: &Expected,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<Measured>, String> {
    let mut runners = first_answers(args, competitors, expected, skipped)?;
    let mut bar = Bar::new(args.rounds * runners.len());
    for round in 1..=args.rounds {
        bar.log(format_args!("round {round} of {}", args.rounds));
        for (competitor, measured) in &mut runners {
            bar.next(competitor.id);
            if is_within_budget(args, measured) {
                match competitor.time(load, expected, args.timeout()) {
                    Ok(time) => measured.samples_ms.push(time.as_secs_f64() * 1e3),
                    Err(reason) => measured.note = Some(reason),
                }
            }
        }
    }
    drop(bar);
    for (competitor, measured) in &mut runners {
        if let (Some(operation), Group::Procnet) = (competitor.operation, competitor.group) {
            measured.allocations = allocations(operation, args.timeout());
        }
    }
    Ok(runners.into_iter().map(|(_, measured)| measured).collect())
}

/// The first answer of each competitor, which must be the expected one.
fn first_answers(
    args: &Args,
    competitors: Vec<Competitor>,
    expected: &Expected,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<(Competitor, Measured)>, String> {
    let mut bar = Bar::new(competitors.len());
    bar.log(format_args!("first answers, which must all be the expected ones"));
    let mut runners = Vec::new();
    for mut competitor in competitors {
        let id = competitor.id;
        bar.next(id);
        let (answer, peak_kib) = match competitor.first(args.timeout()) {
            Ok(first) => first,
            Err(reason) => {
                bar.log(format_args!("SKIPPED {id}: {reason}"));
                skipped.push(Skipped { id: id.to_owned(), reason });
                continue;
            }
        };
        if !competitor.is_right(answer, expected) && competitor.differs.is_none() {
            return Err(format!("{id} answers {answer:?}, expected: {expected:?}"));
        }
        let measured = Measured {
            id: id.to_owned(),
            group: competitor.group,
            task: competitor.task,
            version: competitor.version.clone(),
            sockets: answer.sockets,
            owned: answer.owned,
            differs: competitor.differs.map(str::to_owned),
            samples_ms: Vec::new(),
            peak_kib,
            allocations: None,
            note: None,
        };
        runners.push((competitor, measured));
    }
    Ok(runners)
}

/// Whether a competitor is to be timed once more.
fn is_within_budget(args: &Args, measured: &mut Measured) -> bool {
    let spent: f64 = measured.samples_ms.iter().sum();
    if measured.note.is_none() && Duration::from_secs_f64(spent / 1e3) > args.budget() {
        let seconds = args.budget().as_secs();
        measured.note = Some(format!("stopped after {seconds} s in all"));
    }
    measured.note.is_none()
}

/// The heap allocations of an operation's third answer, when its buffers have reached their size.
fn allocations((name, kind): (&str, &str), timeout: Duration) -> Option<u64> {
    let mut command = Command::new(directory().ok()?.join("counting_worker"));
    command.args([name, kind]);
    let (mut worker, _) = Worker::start(&mut command).ok()?;
    for _warm_up in 0..2 {
        worker.request(timeout).ok()?;
    }
    worker.request(timeout).ok()?.allocations
}
