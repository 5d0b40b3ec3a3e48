//! The report as Markdown.

use std::fmt::Write as _;

use super::{milliseconds, ratio, ratios, thousands};
use crate::{
    competitors::{OWNERS, TABLE_OWNERS},
    results::{Group, Measured, Results, Run, Task},
    scenario::Scenario,
};

const HEAD: &str = "\
# The comparison

Written by `cargo run --release -p procnet-benches`, from `compare.json`.

Every competitor has the same task: list the sockets of one kind, mostly with the processes that
own them, in a network namespace that contains only sockets generated for this purpose. First
each answers once, and all answers must agree; then they are timed in turn, round by round, and
the median counts. A library runs in a process that keeps running and answers one request after
the other; a command is timed from its start to its exit, and writes to `/dev/null`.

Procnet reads sockets through the kernel's socket diagnostics (*netlink*), its default where they
are available, or from the tables in */proc*. Rows in italics are the cost of the kernel alone:
the same requests, with the answers discarded unread.

Times are from one machine on one day, so ratios within a table are more meaningful than times; if
the fastest round is far below the median, other work interfered. Memory is the peak resident size
of the process up to its first answer.
";

/// Title and description of a scenario.
fn heading(scenario: Scenario) -> (&'static str, &'static str) {
    match scenario {
        Scenario::Tcp => (
            "TCP sockets",
            "TCP over IPv4: loopback connections, both ends of each, and a listener in each process. \
             One socket by its addresses is the mean of a hundred lookups of a connection that is \
             made for them.",
        ),
        Scenario::Udp => ("UDP sockets", "UDP over IPv4, every other one connected."),
        Scenario::Namespaces => (
            "Network namespaces",
            "TCP over IPv4 again: first with a namespace for each process, where one call finds and \
             visits all of them; then the same number of sockets in one namespace.",
        ),
    }
}

pub(super) fn render(results: &Results) -> String {
    HEAD.to_owned() + &sections(results, true)
}

/// A section for each scenario that has results, with or without a link to the plot.
pub(super) fn sections(results: &Results, plot: bool) -> String {
    let mut text = String::new();
    // Writing to memory does not fail.
    for scenario in Scenario::ALL {
        let runs: Vec<&Run> = results.of(scenario).collect();
        if !runs.is_empty() {
            let _ = section(&mut text, scenario, &runs, plot);
        }
    }
    text
}

fn section(text: &mut String, scenario: Scenario, runs: &[&Run], plot: bool) -> std::fmt::Result {
    let (title, what) = heading(scenario);
    writeln!(text, "\n## {title}\n\n{what}")?;
    if plot && scenario == Scenario::Tcp {
        text.push_str("\n![Time against number of sockets](time.svg)\n");
    }
    ratios::render(text, scenario, runs)?;
    runs.iter().try_for_each(|run| table(text, run))
}

/// All measurements of one size.
fn table(text: &mut String, run: &Run) -> std::fmt::Result {
    let machine = &run.machine;
    let kind = if machine.is_virtual { "virtual machine" } else { "machine" };
    writeln!(
        text,
        "\n### {} {}\n\n{} in {} {}, {}; {kind} with {} processors ({}) and {} GiB, Linux {}. \
         The load average before was {:.1}. At most {} rounds, and {} s in all for each competitor; \
         {} s for one answer.\n",
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
        run.budget_s,
        run.timeout_s,
    )?;
    writeln!(
        text,
        "| | median | fastest | per socket | ÷ procnet with owners | rounds | memory |"
    )?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|--:|")?;
    let base = run.median_ms(OWNERS).or_else(|| run.median_ms(TABLE_OWNERS));
    let mut notes = String::new();
    for measured in &run.measurements {
        row(text, run, measured, base)?;
        note(&mut notes, run, measured)?;
    }
    for skipped in &run.skipped {
        writeln!(notes, "- {}: not measured, {}.", skipped.id, skipped.reason)?;
    }
    if !notes.is_empty() {
        write!(text, "\n{notes}")?;
    }
    Ok(())
}

fn row(text: &mut String, run: &Run, measured: &Measured, base: Option<f64>) -> std::fmt::Result {
    let median = measured.median_ms();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    // Few sockets are returned, so a cost per socket would be misleading.
    let of_all = !matches!(measured.task, Task::Listeners | Task::OwnedListeners | Task::Lookup);
    let each =
        median.filter(|_| of_all).map(|ms| format!("{:.2} µs", ms * 1e3 / run.sockets as f64));
    let memory = measured.peak_kib.filter(|_| measured.group != Group::Floor);
    let name = match measured.group {
        Group::Floor => format!("*{}*", measured.id),
        Group::Procnet => format!("**{}**", measured.id),
        Group::Peer => format!("{} ({})", measured.id, measured.version),
    };
    writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {} | {} |",
        or_none(median.map(milliseconds)),
        or_none(measured.fastest_ms().map(milliseconds)),
        or_none(each),
        or_none(median.zip(base).map(|(ms, base)| ratio(ms / base))),
        measured.samples_ms.len(),
        or_none(memory.map(|kib| format!("{:.1} MiB", kib as f64 / 1024.0))),
    )
}

/// Remarks on a row.
fn note(notes: &mut String, run: &Run, measured: &Measured) -> std::fmt::Result {
    let id = &measured.id;
    if let (Some(differs), Some(sockets)) = (&measured.differs, measured.sockets) {
        let all = thousands(run.sockets as u64);
        writeln!(notes, "- {id}: {differs}: {} of {all}.", thousands(sockets))?;
    }
    if let Some(note) = &measured.note {
        writeln!(notes, "- {id}: {note}.")?;
    }
    if let Some(allocations) = measured.allocations.filter(|_| measured.task != Task::Nothing) {
        let what = if measured.task == Task::Lookup { "in all" } else { "per refresh" };
        writeln!(notes, "- {id}: {} heap allocations {what}.", thousands(allocations))?;
    }
    Ok(())
}
