//! The ratios: a table for each scenario.

use std::fmt::Write as _;

use super::{ratio, thousands};
use crate::{
    competitors::{
        ALL_BPF, ALL_OWNERS, ALL_VISIT, AUTO_ALL_OWNERS, BPF, COMMAND, COMMAND_VISIT, DUMP,
        INCREMENTAL, LISTENERS, OWNERS, READ, REPLACED, TABLE_ALL_OWNERS, TABLE_ALL_VISIT,
        TABLE_INCREMENTAL, TABLE_OWNERS, TABLE_REPLACED, TABLE_VISIT, VISIT, WALK,
    },
    results::Run,
    scenario::Scenario,
};

/// A ratio: its description, and the competitors whose medians are divided.
type Quotient = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Sums of medians over sums of medians, if all were measured.
const TCP: [Quotient; 29] = [
    ("every socket by netlink ÷ the same dump, discarded", &[VISIT], &[DUMP]),
    ("every socket by /proc ÷ reading the table and discarding it", &[TABLE_VISIT], &[READ]),
    ("every socket by /proc ÷ by netlink", &[TABLE_VISIT], &[VISIT]),
    (
        "sockets with owners by netlink ÷ (that dump + walking the descriptors on one thread)",
        &[OWNERS],
        &[DUMP, WALK],
    ),
    ("sockets with owners by /proc ÷ (that reading + that walk)", &[TABLE_OWNERS], &[READ, WALK]),
    ("sockets with owners by /proc ÷ by netlink", &[TABLE_OWNERS], &[OWNERS]),
    ("sockets with owners by BPF ÷ the same dump, discarded", &[BPF], &[DUMP]),
    ("sockets with owners by BPF ÷ by the walk", &[BPF], &[OWNERS]),
    ("by netlink: incremental owners ÷ every socket without", &[INCREMENTAL], &[VISIT]),
    (
        "by netlink: incremental owners, 1 % new sockets ÷ every socket without",
        &[REPLACED],
        &[VISIT],
    ),
    ("by /proc: incremental owners ÷ every socket without", &[TABLE_INCREMENTAL], &[TABLE_VISIT]),
    (
        "by /proc: incremental owners, 1 % new sockets ÷ every socket without",
        &[TABLE_REPLACED],
        &[TABLE_VISIT],
    ),
    ("the command, with owners ÷ the same visit", &[COMMAND], &[OWNERS]),
    ("the command, without owners ÷ the same visit", &[COMMAND_VISIT], &[VISIT]),
    ("the command, with owners ÷ without", &[COMMAND], &[COMMAND_VISIT]),
    ("ss -tan ÷ every socket", &["ss -4tan"], &[VISIT]),
    ("ss -tanp ÷ sockets with owners", &["ss -4tanp"], &[OWNERS]),
    ("ss -tanp ÷ sockets with owners by BPF", &["ss -4tanp"], &[BPF]),
    ("ss -tln ÷ listeners", &["ss -4tln"], &[LISTENERS]),
    ("gopsutil, without uids ÷ sockets with owners", &["gopsutil, without uids"], &[OWNERS]),
    ("gopsutil ÷ sockets with owners", &["gopsutil"], &[OWNERS]),
    ("gopsutil ÷ sockets with owners by BPF", &["gopsutil"], &[BPF]),
    ("psutil ÷ sockets with owners", &["psutil"], &[OWNERS]),
    ("psutil ÷ sockets with owners by BPF", &["psutil"], &[BPF]),
    ("lsof ÷ sockets with owners", &["lsof -nP -i4TCP"], &[OWNERS]),
    ("netstat ÷ sockets with owners", &["netstat -4tanp"], &[OWNERS]),
    ("procfs ÷ sockets with owners", &["procfs"], &[OWNERS]),
    ("netstat2 ÷ sockets with owners", &["netstat2"], &[OWNERS]),
    ("listeners ÷ sockets with owners", &["listeners"], &[OWNERS]),
];

const UDP: [Quotient; 10] = [
    ("every socket by netlink ÷ the same dump, discarded", &[VISIT], &[DUMP]),
    ("every socket by /proc ÷ reading the table and discarding it", &[TABLE_VISIT], &[READ]),
    ("every socket by /proc ÷ by netlink", &[TABLE_VISIT], &[VISIT]),
    ("sockets with owners by /proc ÷ by netlink", &[TABLE_OWNERS], &[OWNERS]),
    ("the command, with owners ÷ the same visit", &[COMMAND], &[OWNERS]),
    ("ss -uan ÷ every socket", &["ss -4uan"], &[VISIT]),
    ("ss -uanp ÷ sockets with owners", &["ss -4uanp"], &[OWNERS]),
    ("gopsutil, without uids ÷ sockets with owners", &["gopsutil, without uids"], &[OWNERS]),
    ("gopsutil ÷ sockets with owners", &["gopsutil"], &[OWNERS]),
    ("psutil ÷ sockets with owners", &["psutil"], &[OWNERS]),
];

const NAMESPACES: [Quotient; 6] = [
    ("by netlink: every socket of all namespaces ÷ the same number in one", &[ALL_VISIT], &[VISIT]),
    ("by netlink: with owners ÷ the same number in one", &[ALL_OWNERS], &[OWNERS]),
    ("of all namespaces: owners by BPF ÷ by the walk", &[ALL_BPF], &[ALL_OWNERS]),
    (
        "of all namespaces: by any source ÷ by netlink and the walk",
        &[AUTO_ALL_OWNERS],
        &[ALL_OWNERS],
    ),
    (
        "by /proc: every socket of all namespaces ÷ the same number in one",
        &[TABLE_ALL_VISIT],
        &[TABLE_VISIT],
    ),
    ("by /proc: with owners ÷ the same number in one", &[TABLE_ALL_OWNERS], &[TABLE_OWNERS]),
];

fn quotients(scenario: Scenario) -> &'static [Quotient] {
    match scenario {
        Scenario::Tcp => &TCP,
        Scenario::Udp => &UDP,
        Scenario::Namespaces => &NAMESPACES,
    }
}

/// A row for each ratio, a column for each run.
pub(super) fn render(text: &mut String, scenario: Scenario, runs: &[&Run]) -> std::fmt::Result {
    write!(text, "\n|")?;
    for run in runs {
        let in_each = run.sockets / run.namespaces.unwrap_or(1).max(1);
        let times = run.namespaces.map_or_else(String::new, |number| format!("{number} × "));
        write!(text, " | {times}{}", thousands(in_each as u64))?;
    }
    writeln!(text, " |\n|---|{}", "--:|".repeat(runs.len()))?;
    for (name, over, under) in quotients(scenario) {
        let value = |run: &&Run| Some(sum(run, over)? / sum(run, under)?);
        let values: Vec<Option<f64>> = runs.iter().map(value).collect();
        if values.iter().any(Option::is_some) {
            write!(text, "| {name}")?;
            for value in values {
                write!(text, " | {}", value.map_or_else(|| "–".to_owned(), ratio))?;
            }
            writeln!(text, " |")?;
        }
    }
    if scenario == Scenario::Tcp { growth(text, runs) } else { Ok(()) }
}

fn sum(run: &Run, ids: &[&str]) -> Option<f64> {
    ids.iter().map(|id| run.median_ms(id)).sum()
}

/// How the cost of a socket grows with their number, beyond the kernel's own cost.
fn growth(text: &mut String, runs: &[&Run]) -> std::fmt::Result {
    let at = |sockets| runs.iter().find(|run| run.sockets == sockets);
    let (Some(many), Some(few)) = (at(1_000_000), at(100_000)) else { return Ok(()) };
    let cost = |run: &Run| Some(sum(run, &[OWNERS])? / sum(run, &[DUMP, WALK])?);
    if let (Some(many), Some(few)) = (cost(many), cost(few)) {
        let grown = ratio(many / few);
        writeln!(
            text,
            "\nFrom 100,000 to 1,000,000 sockets, the cost of one socket with owners by netlink grows \
             {grown} times as much as the kernel's own cost.",
        )?;
    }
    Ok(())
}
