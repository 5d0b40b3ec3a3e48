//! The sandboxed run: the first process in namespaces of its own, without any other sockets.

use std::{
    io::{self, Read as _, Write as _},
    process::exit,
    thread,
    time::Instant,
};

use procnet_corpus::live::{HelperProcess, LoadGenerator, Workload, run as run_command};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    args::Args,
    competitor::Expected,
    competitors, machine,
    progress::log,
    results::{Run, Skipped},
    rounds,
    scenario::Scenario,
};

/// Executes a program in a network namespace of its own, with the loopback interface up.
const IN_OWN_NETNS: [&str; 5] =
    ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];

pub(crate) fn run(args: &Args, number: usize) -> Result<(), String> {
    exit_with_parent();
    raise_limit();
    run_command(&["ip", "link", "set", "lo", "up"])?;
    let (scenario, load) = (args.scenario, machine::load());
    let many = scenario == Scenario::Namespaces;
    let sockets = if many { number * args.per_process } else { number };
    let mut run = Run {
        scenario,
        sockets,
        namespaces: many.then_some(number),
        processes: sockets.div_ceil(args.per_process),
        date: machine::today(),
        machine: machine::describe(),
        load,
        rounds: args.rounds,
        budget_s: args.budget().as_secs(),
        timeout_s: args.timeout().as_secs(),
        setup_seconds: 0.0,
        measurements: Vec::new(),
        skipped: Vec::new(),
    };
    if many {
        // Before the run in one namespace, which leaves `TIME_WAIT` sockets behind.
        match run_command(&IN_OWN_NETNS.iter().copied().chain(["true"]).collect::<Vec<_>>()) {
            Ok(()) => measure(args, &mut run, number)?,
            Err(reason) => skip(&mut run, reason.trim()),
        }
    }
    measure(args, &mut run, 1)?;
    let json = serde_json::to_vec(&run).map_err(|error| error.to_string())?;
    io::stdout().write_all(&json).map_err(|error| error.to_string())
}

/// Creates the sockets and measures all competitors.
fn measure(args: &Args, run: &mut Run, namespaces: usize) -> Result<(), String> {
    let Run { scenario, sockets, processes, .. } = *run;
    let begin = Instant::now();
    let into = if namespaces == 1 { String::new() } else { format!(" in {namespaces} namespaces") };
    log(format_args!("{sockets} sockets{into}: being created by {processes} processes"));
    let load = generate(scenario, sockets, namespaces, args.per_process);
    let seconds = begin.elapsed().as_secs_f64();
    run.setup_seconds += seconds;
    log(format_args!("{sockets} sockets{into}: created in {seconds:.1} s"));

    let expected = expected(scenario, sockets, namespaces, &load, args.per_process)?;
    let (competitors, mut skipped) = competitors::start(args, scenario, namespaces);
    run.measurements.extend(rounds::run(args, competitors, &load, &expected, &mut skipped)?);
    run.skipped.extend(skipped);
    Ok(())
}

fn skip(run: &mut Run, reason: &str) {
    log(format_args!("SKIPPED namespaces: {reason}"));
    run.skipped
        .push(Skipped { id: "procnet, all namespaces".to_owned(), reason: reason.to_owned() });
}

/// Exits when the parent process ends for whatever reason, which closes standard input.
fn exit_with_parent() {
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        // All processes of a pid namespace end with its first one.
        exit(1);
    });
}

/// Each process of the load generator takes a descriptor.
fn raise_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

fn generate(
    scenario: Scenario,
    sockets: usize,
    namespaces: usize,
    per_process: usize,
) -> LoadGenerator {
    let workload = if scenario == Scenario::Udp { Workload::Udp } else { Workload::Tcp };
    let prefix: &[&str] = if namespaces == 1 { &[] } else { &IN_OWN_NETNS };
    let (full, rest) = (sockets / per_process, sockets % per_process);
    let load = LoadGenerator::default().spawn_via(prefix, workload, full, per_process);
    if rest > 0 { load.spawn_via(prefix, workload, 1, rest) } else { load }
}

/// What the tables show to the simplest possible reader.
fn expected(
    scenario: Scenario,
    sockets: usize,
    namespaces: usize,
    load: &LoadGenerator,
    per_process: usize,
) -> Result<Expected, String> {
    let table = if scenario == Scenario::Udp { "udp" } else { "tcp" };
    let mut paths = vec![format!("/proc/net/{table}")];
    if namespaces > 1 {
        let pids = load.processes().iter().map(HelperProcess::pid);
        paths.extend(pids.map(|pid| format!("/proc/{pid}/net/{table}")));
    }
    let (mut rows, mut listeners) = (0, 0);
    for path in paths {
        let table = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let states = table.lines().skip(1).map(|row| row.split_whitespace().nth(3));
        rows += states.clone().count();
        listeners += states.filter(|state| *state == Some("0A")).count();
    }
    if rows != sockets {
        return Err(format!("the tables have {rows} rows for {sockets} sockets"));
    }
    Ok(Expected {
        sockets: sockets as u64,
        listeners: listeners as u64,
        connections_to_replace: (per_process / 200).max(1),
    })
}
