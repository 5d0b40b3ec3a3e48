//! What a pass over all owners costs beside a walk of /proc, and what loading costs.
//!
//!     cargo run --release -p procnet-benches --bin bpf -- [PROCESSES SOCKETS]
//!
//! runs in namespaces of its own, with that many processes of so many TCP sockets each (100 of 1000),
//! and prints CPU times: medians of seven rounds, in which the operations take turns.

use std::{
    env, fmt,
    time::{Duration, Instant},
};

use procnet_benches::{
    inside::{self, text},
    operation,
};
use procnet_bpf::{Buffer, Loader, Owners, RowFilter};
use procnet_corpus::live::{LoadGenerator, Workload, helper::run_if_helper};
use rustix::{
    thread::{CapabilitySet, CapabilitySets, set_capabilities},
    time::{ClockId, clock_gettime},
};

const ROUNDS: usize = 7;
fn main() -> Result<(), String> {
    run_if_helper();
    inside::enter()?;
    let mut numbers = env::args().skip(1).map(|word| word.parse().map_err(text));
    let processes = numbers.next().unwrap_or(Ok(100))?;
    let sockets = numbers.next().unwrap_or(Ok(1000))?;
    let _load = LoadGenerator::default().spawn(Workload::Tcp, processes, sockets);
    passes()?;
    loading()
}

fn passes() -> Result<(), String> {
    let loader = Loader::new().map_err(text)?;
    let owners = loader.owners().map_err(text)?;
    let rows = loader.rows(&RowFilter::ALL).map_err(text)?;
    let tcp = loader.rows(&RowFilter::ALL.families(&[2]).protocol(6)).map_err(text)?;
    let (mut walk, _) = operation::named("floor-walk", "tcp4")?;
    let mut buffer = Buffer::new();
    let (mut costs, mut found) = ([(); 4].map(|()| Vec::new()), [0_u64; 3]);
    for _ in 0..ROUNDS {
        costs[0].push(cpu(&mut walk)?);
        let mut count = 0;
        costs[1].push(cpu(|| owners.pass(&mut buffer, |_| count += 1))?);
        found[0] = count;
        count = 0;
        costs[2].push(cpu(|| rows.pass(&mut buffer, |_| count += 1))?);
        found[1] = count;
        count = 0;
        costs[3].push(cpu(|| tcp.pass(&mut buffer, |_| count += 1))?);
        found[2] = count;
    }
    let [walk, owners, rows, tcp] = costs.map(median);
    println!("walk of /proc, one thread  {walk:>10.1?}");
    for (name, cost, found) in [
        ("owners", owners, found[0]),
        ("rows", rows, found[1]),
        ("rows, tcp of IPv4", tcp, found[2]),
    ] {
        let each = cost.as_nanos() as f64 / found as f64;
        let ratio = walk.as_secs_f64() / cost.as_secs_f64();
        println!(
            "{name:<26} {cost:>10.1?}  {found} records, {each:.0} ns each; walk / {name}: {ratio:.1}"
        );
    }
    Ok(())
}

/// Wall time, as of a program that starts: from the first question to the end of the first pass.
fn loading() -> Result<(), String> {
    let (mut first, mut types) = (Vec::new(), Vec::new());
    let mut buffer = Buffer::new();
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let loader = Loader::new().map_err(text)?;
        types.push(begin.elapsed());
        let owners = loader.owners().map_err(text)?;
        // A pass over this process only: what is measured is not the number of sockets.
        owners.pass_process(std::process::id(), &mut buffer, |_| {}).map_err(text)?;
        first.push(begin.elapsed());
    }
    println!(
        "loading to the first pass  {:>10.1?}  of it types {:.1?}",
        median(first),
        median(types)
    );
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, sets).map_err(text)?;
    let mut refused = Vec::new();
    for _ in 0..1000 {
        let begin = Instant::now();
        if Owners::load().is_ok() {
            return Err("loaded without capabilities".to_owned());
        }
        refused.push(begin.elapsed());
    }
    println!("refused                    {:>10.1?}", median(refused));
    Ok(())
}

/// The CPU time of this process that `work` takes.
fn cpu<T, E: fmt::Display>(work: impl FnOnce() -> Result<T, E>) -> Result<Duration, String> {
    let now = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
    };
    let begin = now();
    work().map_err(text)?;
    Ok(now() - begin)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
