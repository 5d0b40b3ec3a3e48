//! The run inside: the first process of its namespaces, in which there is nothing else.

use std::{
    io::{self, Read as _, Write as _},
    process::exit,
    thread,
    time::Instant,
};

use procnet_corpus::live::{Actor, Crop, Farm, run as run_command};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    args::Args,
    contestant::Truth,
    machine,
    progress::say,
    race,
    results::{Run, Skipped},
    roster,
    scene::Scene,
};

/// A program in a network namespace of its own, whose loopback interface is up.
const ELSEWHERE: [&str; 5] =
    ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];

pub(crate) fn run(args: &Args, number: usize) -> Result<(), String> {
    end_with_parent();
    raise_limit();
    run_command(&["ip", "link", "set", "lo", "up"])?;
    let (scene, load) = (args.scene, machine::load());
    let many = scene == Scene::Namespaces;
    let sockets = if many { number * args.per_process } else { number };
    let mut run = Run {
        scene,
        sockets,
        namespaces: many.then_some(number),
        processes: sockets.div_ceil(args.per_process),
        date: machine::today(),
        machine: machine::describe(),
        load,
        rounds: args.rounds,
        patience_s: args.patience().as_secs(),
        limit_s: args.limit().as_secs(),
        farm_seconds: 0.0,
        engines: Vec::new(),
        skipped: Vec::new(),
    };
    if many {
        // Before the one that has all, whose end leaves `TIME_WAIT` behind.
        match run_command(&ELSEWHERE.iter().copied().chain(["true"]).collect::<Vec<_>>()) {
            Ok(()) => stage(args, &mut run, number)?,
            Err(reason) => skip(&mut run, reason.trim()),
        }
    }
    stage(args, &mut run, 1)?;
    let json = serde_json::to_vec(&run).map_err(|error| error.to_string())?;
    io::stdout().write_all(&json).map_err(|error| error.to_string())
}

/// One farm, and everyone who is asked about it.
fn stage(args: &Args, run: &mut Run, namespaces: usize) -> Result<(), String> {
    let Run { scene, sockets, processes, .. } = *run;
    let begin = Instant::now();
    let into = if namespaces == 1 { String::new() } else { format!(" in {namespaces} namespaces") };
    say(format_args!("{sockets} sockets{into}: {processes} processes make them"));
    let farm = grow(scene, sockets, namespaces, args.per_process);
    let seconds = begin.elapsed().as_secs_f64();
    run.farm_seconds += seconds;
    say(format_args!("{sockets} sockets{into}: there after {seconds:.1} s"));

    let truth = truth(scene, sockets, namespaces, &farm, args.per_process)?;
    let (contestants, mut skipped) = roster::gather(args, scene, namespaces);
    run.engines.extend(race::run(args, contestants, &farm, &truth, &mut skipped)?);
    run.skipped.extend(skipped);
    Ok(())
}

fn skip(run: &mut Run, reason: &str) {
    say(format_args!("SKIPPED namespaces: {reason}"));
    run.skipped
        .push(Skipped { id: "procnet, all namespaces".to_owned(), reason: reason.to_owned() });
}

/// Whatever ends the process outside closes this one's standard input.
fn end_with_parent() {
    thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        // The first process of a pid namespace takes all others with it.
        exit(1);
    });
}

/// There is a descriptor for each process of the farm.
fn raise_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

fn grow(scene: Scene, sockets: usize, namespaces: usize, per_process: usize) -> Farm {
    let crop = if scene == Scene::Udp { Crop::Udp } else { Crop::Tcp };
    let prefix: &[&str] = if namespaces == 1 { &[] } else { &ELSEWHERE };
    let (full, rest) = (sockets / per_process, sockets % per_process);
    let farm = Farm::default().grow_by(prefix, crop, full, per_process);
    if rest > 0 { farm.grow_by(prefix, crop, 1, rest) } else { farm }
}

/// What the tables say to a reader that is as simple as can be.
fn truth(
    scene: Scene,
    sockets: usize,
    namespaces: usize,
    farm: &Farm,
    per_process: usize,
) -> Result<Truth, String> {
    let table = if scene == Scene::Udp { "udp" } else { "tcp" };
    let mut paths = vec![format!("/proc/net/{table}")];
    if namespaces > 1 {
        let pids = farm.actors().iter().map(Actor::pid);
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
        return Err(format!("{rows} sockets where {sockets} were made"));
    }
    Ok(Truth {
        sockets: sockets as u64,
        listeners: listeners as u64,
        connections_to_renew: (per_process / 200).max(1),
    })
}
