//! What the border costs: a visit in C beside the same visit in Rust. Measured, not asserted:
//!
//!     PROCNET_SOCKETS=100000 cargo test --release -p procnet-capi --test speed

mod common;

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use procnet::{Kinds, Query, Scanner};
use procnet_corpus::live::{LoadGenerator, Workload, note, private};

use self::common::{Linkage, build};

/// The number of rounds, in each of which both visit once.
const ROUNDS: usize = 31;

/// What a visit has seen, and how long it took.
type Visit = ((u64, u64, u64), Duration);

fn rust(scanner: &mut Scanner, query: &Query) -> Visit {
    let (mut owners, mut sockets, mut ports) = (0, 0, 0);
    let begin = Instant::now();
    scanner
        .visit(query, |socket| {
            sockets += 1;
            owners += socket.owners.len() as u64;
            ports += socket.local().map_or(0, |local| u64::from(local.port()));
        })
        .unwrap();
    ((sockets, owners, ports), begin.elapsed())
}

fn c(program: &mut Child) -> Visit {
    program.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, program.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let numbers: Vec<u64> = line.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let [sockets, owners, ports, nanoseconds] = numbers[..] else { panic!("{line}") };
    ((sockets, owners, ports), Duration::from_nanos(nanoseconds))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
fn a_visit_in_c_beside_one_in_rust() {
    // It asserts nothing but that both see the same, so it is only run on request.
    let Some(sockets) =
        env::var("PROCNET_SOCKETS").ok().and_then(|number| number.parse::<usize>().ok())
    else {
        println!("a measurement: set PROCNET_SOCKETS");
        return;
    };
    let program = build("tests/c/speed.c", Linkage::Static, "-O2");
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Tcp, 100, sockets / 100);
        for what in ["none", "owners"] {
            let mut child = Command::new(&program)
                .arg(what)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut scanner = Scanner::new().unwrap();
            let query = Query::new().kinds(Kinds::TCP).owners(what == "owners");
            let (mut in_c, mut in_rust) = (Vec::new(), Vec::new());
            let mut count = 0;
            for round in 0..ROUNDS {
                // The first visits of a scanner load and grow what later ones use.
                let (seen, time) = rust(&mut scanner, &query);
                let (same, c_time) = c(&mut child);
                assert_eq!(seen, same);
                if round >= 3 {
                    in_rust.push(time);
                    in_c.push(c_time);
                }
                count = seen.0;
            }
            let (fastest_c, fastest_rust) =
                (in_c.iter().min().unwrap(), in_rust.iter().min().unwrap());
            let fastest = fastest_c.as_secs_f64() / fastest_rust.as_secs_f64();
            let (c, rust) = (median(&mut in_c), median(&mut in_rust));
            note(&format!(
                "{count} sockets, owners: {what}: C {c:.1?}, Rust {rust:.1?}, ratio {:.3}, of the fastest {fastest:.3}",
                c.as_secs_f64() / rust.as_secs_f64()
            ));
            drop(child.stdin.take());
            assert!(child.wait().unwrap().success());
        }
        drop(load);
    });
}
