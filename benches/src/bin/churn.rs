//! Whether sockets that stay are seen, once, with their owners, while others come and go.
//!
//!     cargo run --release -p procnet-benches --bin churn -- [PASSES PROCESSES SOCKETS]
//!
//! runs in namespaces of its own, with PROCESSES processes of TCP sockets and as many of UDP and unix
//! sockets, SOCKETS each (10 of 1000, so 20,000 sockets). One duplicates descriptors all the time, and one
//! executes a program again and again; others start processes, connect, and create and close sockets as
//! fast as they can. It prints what is wrong in the answers of
//! PASSES (300) passes of each source, which take turns. Exits with 1 if anything is.

use std::{
    env,
    process::ExitCode,
    time::{Duration, Instant},
};

use procnet::{Query, Scanner, Source, owners::OwnerSource};
use procnet_benches::inside::{self, text};
use procnet_corpus::live::{Faults, SteadySockets, helper::run_if_helper};

/// What one way of asking has seen.
#[derive(Default)]
struct Passes {
    faults: Faults,
    /// Rows of sockets that came and went, too.
    rows: u64,
    /// Of sockets, by BPF: where the coverage reports that some may be missing.
    incomplete: u64,
    times: Vec<Duration>,
}

fn main() -> Result<ExitCode, String> {
    run_if_helper();
    inside::enter()?;
    let mut numbers = env::args().skip(1).map(|word| word.parse().map_err(text));
    let passes: usize = numbers.next().unwrap_or(Ok(300))?;
    let processes = numbers.next().unwrap_or(Ok(10))?;
    let sockets = numbers.next().unwrap_or(Ok(1000))?;
    let steady = SteadySockets::start(processes, sockets);
    let ways = [
        ("owners by a walk", Source::Auto, OwnerSource::Walk),
        ("owners by BPF", Source::Auto, OwnerSource::Bpf),
        ("sockets by BPF", Source::Bpf, OwnerSource::Bpf),
    ];
    let mut ways = ways.map(|(name, source, owners)| {
        let query = Query::new().source(source).owner_source(owners);
        (name, query, Scanner::new(), Passes::default())
    });
    for _pass in 0..passes {
        for (name, query, scanner, seen) in &mut ways {
            let scanner = scanner.as_mut().map_err(text)?;
            let begin = Instant::now();
            let answer = scanner.collect(query).map_err(|error| format!("{name}: {error}"))?;
            seen.times.push(begin.elapsed());
            seen.faults += steady.faults(&answer.sockets);
            seen.rows += answer.sockets.len() as u64;
            seen.incomplete += u64::from(!answer.coverage.without_descriptor.is_empty());
        }
    }
    println!("{passes} passes over {} sockets that stay", steady.count());
    let mut faults = Faults::default();
    for (name, _, _, mut seen) in ways {
        faults += seen.faults;
        seen.times.sort_unstable();
        let median = seen.times.get(seen.times.len() / 2).copied().unwrap_or_default();
        println!(
            "{name:<18} {}; {} sockets each, {median:.1?}, {} reported as incomplete",
            seen.faults,
            seen.rows / passes.max(1) as u64,
            seen.incomplete
        );
    }
    Ok(if faults == Faults::default() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
