//! The tables.

use std::fmt::Write as _;

use super::{milliseconds, ratio, thousands};
use crate::{
    results::{Group, Measured, Question, Results, Run},
    roster::{COMMAND, COMMAND_VISIT, INCREMENTAL, OWNERS, READ, RENEWED, VISIT, WALK},
};

const HEAD: &str = "\
# The comparison

Written by `cargo run --release -p procnet-benches`, from `compare.json`.

All are asked the same: the TCP sockets over IPv4 of one network namespace, mostly with the
processes that own them. In that namespace there is nothing but a farm of connections over
loopback, made for the purpose. Everyone first answers once, and all must agree; then they are
timed in turn, round by round, and the median counts. Libraries run all the time and are asked
again and again; a command is timed from its start to its end, and writes to `/dev/null`.

Times are of one machine on one day. Ratios within one table say more than times; where the
fastest round is far from the median, other work was in the way. The memory is the highest
resident size of the process by the end of its first answer.
";

pub(super) fn render(results: &Results) -> String {
    let mut text = HEAD.to_owned();
    // Writing into memory does not fail.
    if !results.runs.is_empty() {
        text.push_str("\n![Time against number of sockets](time.svg)\n");
        let _ = ratios(&mut text, results);
    }
    for run in &results.runs {
        let _ = table(&mut text, run);
    }
    text
}

/// One quotient, where both its parts were measured.
type Quotient = fn(&Run) -> Option<f64>;

const RATIOS: [(&str, Quotient); 16] = [
    ("every socket ÷ reading the table and throwing it away", |run| of(run, VISIT, READ)),
    ("sockets with owners ÷ (reading the table + walking the descriptors on one thread)", floors),
    ("incremental owners ÷ every socket without", |run| of(run, INCREMENTAL, VISIT)),
    ("incremental owners, 1 % new sockets ÷ every socket without", |run| of(run, RENEWED, VISIT)),
    ("the command, with owners ÷ the same visit", |run| of(run, COMMAND, OWNERS)),
    ("the command, without owners ÷ the same visit", |run| of(run, COMMAND_VISIT, VISIT)),
    ("ss -tan ÷ every socket", |run| of(run, "ss -4tan", VISIT)),
    ("ss -tanp ÷ sockets with owners", |run| of(run, "ss -4tanp", OWNERS)),
    ("gopsutil, without uids ÷ sockets with owners", |run| {
        of(run, "gopsutil, without uids", OWNERS)
    }),
    ("gopsutil ÷ sockets with owners", |run| of(run, "gopsutil", OWNERS)),
    ("psutil ÷ sockets with owners", |run| of(run, "psutil", OWNERS)),
    ("lsof ÷ sockets with owners", |run| of(run, "lsof -nP -i4TCP", OWNERS)),
    ("netstat ÷ sockets with owners", |run| of(run, "netstat -4tanp", OWNERS)),
    ("procfs ÷ sockets with owners", |run| of(run, "procfs", OWNERS)),
    ("netstat2 ÷ sockets with owners", |run| of(run, "netstat2", OWNERS)),
    ("listeners ÷ sockets with owners", |run| of(run, "listeners", OWNERS)),
];

fn of(run: &Run, one: &str, other: &str) -> Option<f64> {
    Some(run.median_ms(one)? / run.median_ms(other)?)
}

fn floors(run: &Run) -> Option<f64> {
    Some(run.median_ms(OWNERS)? / (run.median_ms(READ)? + run.median_ms(WALK)?))
}

/// A row for each ratio, a column for each number of sockets.
fn ratios(text: &mut String, results: &Results) -> std::fmt::Result {
    write!(text, "\n## Ratios\n\n|")?;
    for run in &results.runs {
        write!(text, " | {}", thousands(run.sockets as u64))?;
    }
    writeln!(text, " |\n|---|{}", "--:|".repeat(results.runs.len()))?;
    for (name, quotient) in RATIOS {
        let values: Vec<Option<f64>> = results.runs.iter().map(quotient).collect();
        if values.iter().any(Option::is_some) {
            write!(text, "| {name}")?;
            for value in values {
                write!(text, " | {}", value.map_or_else(|| "–".to_owned(), ratio))?;
            }
            writeln!(text, " |")?;
        }
    }
    growth(text, results)
}

/// What a socket costs more on a host of very many, beyond what the kernel itself does.
fn growth(text: &mut String, results: &Results) -> std::fmt::Result {
    let at = |sockets| results.runs.iter().find(|run| run.sockets == sockets);
    let (Some(many), Some(few)) = (at(1_000_000), at(100_000)) else { return Ok(()) };
    if let (Some(many), Some(few)) = (floors(many), floors(few)) {
        let grown = ratio(many / few);
        writeln!(
            text,
            "\nFrom 100,000 to 1,000,000 sockets, what one socket with owners costs grows {grown} \
             times as much as what the kernel takes for it.",
        )?;
    }
    Ok(())
}

/// All that was measured at one number of sockets.
fn table(text: &mut String, run: &Run) -> std::fmt::Result {
    let machine = &run.machine;
    let kind = if machine.is_virtual { "virtual machine" } else { "machine" };
    writeln!(
        text,
        "\n## {} sockets\n\n{} in {} {}, {}; {kind} with {} processors ({}) and {} GiB, Linux {}. \
         The load average before was {:.1}. At most {} rounds, and none more for one who took {} s \
         in all; {} s for one answer.\n",
        thousands(run.sockets as u64),
        if run.sockets == 1 { "A socket" } else { "Sockets" },
        thousands(run.processes as u64),
        if run.processes == 1 { "process" } else { "processes" },
        run.date,
        machine.processors,
        machine.cpu,
        machine.memory_gib,
        machine.kernel,
        run.load,
        run.rounds,
        run.patience_s,
        run.limit_s,
    )?;
    writeln!(text, "| | median | fastest | a socket | ÷ procnet with owners | rounds | memory |")?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|--:|")?;
    let base = run.median_ms(OWNERS);
    let mut notes = String::new();
    for engine in &run.engines {
        row(text, run, engine, base)?;
        note(&mut notes, run, engine)?;
    }
    for skipped in &run.skipped {
        writeln!(notes, "- {}: not measured, {}.", skipped.id, skipped.reason)?;
    }
    if !notes.is_empty() {
        write!(text, "\n{notes}")?;
    }
    Ok(())
}

fn row(text: &mut String, run: &Run, engine: &Measured, base: Option<f64>) -> std::fmt::Result {
    let median = engine.median_ms();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    // Listeners are few, so what each costs would mean something else.
    let of_all = !matches!(engine.question, Question::Listeners | Question::OwnedListeners);
    let each =
        median.filter(|_| of_all).map(|ms| format!("{:.2} µs", ms * 1e3 / run.sockets as f64));
    let memory = engine.peak_kib.filter(|_| engine.group != Group::Floor);
    let name = match engine.group {
        Group::Floor => format!("*{}*", engine.id),
        Group::Procnet => format!("**{}**", engine.id),
        Group::Peer => format!("{} ({})", engine.id, engine.version),
    };
    writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {} | {} |",
        or_none(median.map(milliseconds)),
        or_none(engine.fastest_ms().map(milliseconds)),
        or_none(each),
        or_none(median.zip(base).map(|(ms, base)| ratio(ms / base))),
        engine.samples_ms.len(),
        or_none(memory.map(|kib| format!("{:.1} MiB", kib as f64 / 1024.0))),
    )
}

/// What a number alone would not say.
fn note(notes: &mut String, run: &Run, engine: &Measured) -> std::fmt::Result {
    let id = &engine.id;
    if let (Some(differs), Some(sockets)) = (&engine.differs, engine.sockets) {
        let all = thousands(run.sockets as u64);
        writeln!(notes, "- {id}: {differs}: {} of {all}.", thousands(sockets))?;
    }
    if let Some(note) = &engine.note {
        writeln!(notes, "- {id}: {note}.")?;
    }
    if let Some(allocations) = engine.allocations.filter(|_| engine.question != Question::Nothing) {
        writeln!(notes, "- {id}: {} heap allocations a refresh.", thousands(allocations))?;
    }
    Ok(())
}
