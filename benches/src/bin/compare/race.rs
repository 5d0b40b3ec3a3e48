//! The comparison itself: first everyone answers once, then all are timed in turn.

use std::{process::Command, time::Duration};

use procnet_corpus::live::Farm;

use crate::{
    args::Args,
    contestant::{Contestant, Truth},
    outside::directory,
    progress::Bar,
    results::{Group, Measured, Skipped},
    worker::Worker,
};

/// Fails if an answer is wrong, unless it is known to differ.
pub(crate) fn run(
    args: &Args,
    contestants: Vec<Contestant>,
    farm: &Farm,
    truth: &Truth,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<Measured>, String> {
    let mut runners = agree(args, contestants, truth, skipped)?;
    let mut bar = Bar::new(args.rounds * runners.len());
    for round in 1..=args.rounds {
        bar.say(format_args!("round {round} of {}", args.rounds));
        for (contestant, measured) in &mut runners {
            bar.next(contestant.id);
            if may_go_on(args, measured) {
                match contestant.time(farm, truth, args.limit()) {
                    Ok(time) => measured.samples_ms.push(time.as_secs_f64() * 1e3),
                    Err(reason) => measured.note = Some(reason),
                }
            }
        }
    }
    drop(bar);
    for (contestant, measured) in &mut runners {
        if let (Some(engine), Group::Procnet) = (contestant.engine, contestant.group) {
            measured.allocations = allocations(engine, args.limit());
        }
    }
    Ok(runners.into_iter().map(|(_, measured)| measured).collect())
}

/// Everyone's first answer, which all must agree on.
fn agree(
    args: &Args,
    contestants: Vec<Contestant>,
    truth: &Truth,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<(Contestant, Measured)>, String> {
    let mut bar = Bar::new(contestants.len());
    bar.say(format_args!("first answers, on which all must agree"));
    let mut runners = Vec::new();
    for mut contestant in contestants {
        let id = contestant.id;
        bar.next(id);
        let (answer, peak_kib) = match contestant.first(args.limit()) {
            Ok(first) => first,
            Err(reason) => {
                bar.say(format_args!("{id} is left out: {reason}"));
                skipped.push(Skipped { id: id.to_owned(), reason });
                continue;
            }
        };
        if !contestant.is_right(answer, truth) && contestant.differs.is_none() {
            return Err(format!("{id} answers {answer:?} where {truth:?} was made"));
        }
        let measured = Measured {
            id: id.to_owned(),
            group: contestant.group,
            question: contestant.question,
            version: contestant.version.clone(),
            sockets: answer.sockets,
            owned: answer.owned,
            differs: contestant.differs.map(str::to_owned),
            samples_ms: Vec::new(),
            peak_kib,
            allocations: None,
            note: None,
        };
        runners.push((contestant, measured));
    }
    Ok(runners)
}

/// Whether one is to be timed once more.
fn may_go_on(args: &Args, measured: &mut Measured) -> bool {
    let spent: f64 = measured.samples_ms.iter().sum();
    if measured.note.is_none() && Duration::from_secs_f64(spent / 1e3) > args.patience() {
        let seconds = args.patience().as_secs();
        measured.note = Some(format!("no more rounds after {seconds} s in all"));
    }
    measured.note.is_none()
}

/// The heap allocations of an engine's third answer, by which its buffers have grown.
fn allocations((name, kind): (&str, &str), limit: Duration) -> Option<u64> {
    let mut command = Command::new(directory().ok()?.join("counted"));
    command.args([name, kind]);
    let (mut worker, _) = Worker::start(&mut command).ok()?;
    for _grown in 0..2 {
        worker.ask(limit).ok()?;
    }
    worker.ask(limit).ok()?.allocations
}
