//! The tables.

use std::fmt::Write as _;

use super::{milliseconds, ratio, ratios, thousands};
use crate::{
    results::{Group, Measured, Question, Results, Run},
    roster::{OWNERS, TABLE_OWNERS},
    scene::Scene,
};

const HEAD: &str = "\
# The comparison

Written by `cargo run --release -p procnet-benches`, from `compare.json`.

All are asked the same: the sockets of one kind, mostly with the processes that own them, of a
network namespace in which there is nothing but a farm of sockets, made for the purpose.
Everyone first answers once, and all must agree; then they are timed in turn, round by round,
and the median counts. Libraries run all the time and are asked again and again; a command is
timed from its start to its end, and writes to `/dev/null`.

Procnet takes sockets from the kernel's socket diagnostics (*netlink*), which is what it does by
itself where they work, or from the tables in */proc*. Slanted rows are what the kernel alone
takes: the same requests, whose answers nobody looks at.

Times are of one machine on one day. Ratios within one table say more than times; where the
fastest round is far from the median, other work was in the way. The memory is the highest
resident size of the process by the end of its first answer.
";

/// What a scene is.
fn heading(scene: Scene) -> (&'static str, &'static str) {
    match scene {
        Scene::Tcp => (
            "TCP sockets",
            "TCP over IPv4: connections over loopback, both ends, and a listener in each process. \
             One socket by its ends is the mean of a hundred lookups of a connection that is made \
             for them.",
        ),
        Scene::Udp => ("UDP sockets", "UDP over IPv4, every other one connected."),
        Scene::Namespaces => (
            "Network namespaces",
            "TCP over IPv4 again: first with a namespace for each process, and one call that finds \
             and visits all of them; then as many sockets in one namespace.",
        ),
    }
}

pub(super) fn render(results: &Results) -> String {
    let mut text = HEAD.to_owned();
    // Writing into memory does not fail.
    for scene in Scene::ALL {
        let runs: Vec<&Run> = results.of(scene).collect();
        if !runs.is_empty() {
            let _ = section(&mut text, scene, &runs);
        }
    }
    text
}

fn section(text: &mut String, scene: Scene, runs: &[&Run]) -> std::fmt::Result {
    let (title, what) = heading(scene);
    writeln!(text, "\n## {title}\n\n{what}")?;
    if scene == Scene::Tcp {
        text.push_str("\n![Time against number of sockets](time.svg)\n");
    }
    ratios::render(text, scene, runs)?;
    runs.iter().try_for_each(|run| table(text, run))
}

/// All that was measured at one number of sockets.
fn table(text: &mut String, run: &Run) -> std::fmt::Result {
    let machine = &run.machine;
    let kind = if machine.is_virtual { "virtual machine" } else { "machine" };
    writeln!(
        text,
        "\n### {} {}\n\n{} in {} {}, {}; {kind} with {} processors ({}) and {} GiB, Linux {}. \
         The load average before was {:.1}. At most {} rounds, and none more for one who took {} s \
         in all; {} s for one answer.\n",
        thousands(run.sockets as u64),
        match run.namespaces {
            Some(namespaces) => format!("sockets, also in {namespaces} namespaces"),
            None => "sockets".to_owned(),
        },
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
    let base = run.median_ms(OWNERS).or_else(|| run.median_ms(TABLE_OWNERS));
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
    // These are few, so what each costs would mean something else.
    let of_all = !matches!(
        engine.question,
        Question::Listeners | Question::OwnedListeners | Question::Lookup
    );
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
        let what = if engine.question == Question::Lookup { "in all" } else { "a refresh" };
        writeln!(notes, "- {id}: {} heap allocations {what}.", thousands(allocations))?;
    }
    Ok(())
}
