//! The run inside: the first process of its namespaces, in which there is nothing else.

use std::{
    io::{self, Read as _, Write as _},
    process::exit,
    thread,
    time::Instant,
};

use procnet_corpus::live::{Crop, Farm, run as run_command};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{args::Args, contestant::Truth, machine, progress::say, race, results::Run, roster};

pub(crate) fn run(args: &Args, sockets: usize) -> Result<(), String> {
    end_with_parent();
    raise_limit();
    run_command(&["ip", "link", "set", "lo", "up"])?;
    let load = machine::load();
    let begin = Instant::now();
    let processes = sockets.div_ceil(args.per_process);
    say(format_args!("{sockets} sockets: {processes} processes make them"));
    let farm = grow(sockets, processes, args.per_process);
    let farm_seconds = begin.elapsed().as_secs_f64();
    say(format_args!("{sockets} sockets: there after {farm_seconds:.1} s"));

    let truth = truth(sockets, args.per_process)?;
    let (contestants, mut skipped) = roster::gather(args);
    let engines = race::run(args, contestants, &farm, &truth, &mut skipped)?;
    let run = Run {
        sockets,
        processes,
        date: machine::today(),
        machine: machine::describe(),
        load,
        rounds: args.rounds,
        patience_s: args.patience().as_secs(),
        limit_s: args.limit().as_secs(),
        farm_seconds,
        engines,
        skipped,
    };
    let json = serde_json::to_vec(&run).map_err(|error| error.to_string())?;
    io::stdout().write_all(&json).map_err(|error| error.to_string())?;
    drop(farm);
    Ok(())
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

fn grow(sockets: usize, processes: usize, per_process: usize) -> Farm {
    let rest = sockets % per_process;
    let farm = Farm::default().grow(Crop::Tcp, processes - usize::from(rest > 0), per_process);
    if rest > 0 { farm.grow(Crop::Tcp, 1, rest) } else { farm }
}

/// What the table says to a reader that is as simple as can be.
fn truth(sockets: usize, per_process: usize) -> Result<Truth, String> {
    let table = std::fs::read_to_string("/proc/net/tcp").map_err(|error| error.to_string())?;
    let rows: Vec<&str> = table.lines().skip(1).collect();
    if rows.len() != sockets {
        return Err(format!("{} sockets where {sockets} were made", rows.len()));
    }
    let listens = |row: &&&str| row.split_whitespace().nth(3) == Some("0A");
    let listeners = rows.iter().filter(listens).count();
    Ok(Truth {
        sockets: sockets as u64,
        listeners: listeners as u64,
        connections_to_renew: (per_process / 200).max(1),
    })
}
