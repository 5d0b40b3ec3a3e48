//! Looks for owners within a budget, and prints how far it came in each round.
//!
//!     cargo run --release --example budgets [SYSTEM_CALLS]

use std::{env, time::Duration};

use procnet::{Kinds, Query, Scanner, owners::Budget};

fn main() -> Result<(), procnet::Error> {
    let calls = env::args().nth(1).and_then(|argument| argument.parse().ok()).unwrap_or(200);
    let budget = Budget::unlimited().calls(calls).time(Duration::from_millis(20));
    let query = Query::new().kinds(Kinds::TCP | Kinds::UNIX).incremental(budget);
    let mut scanner = Scanner::new()?;
    for round in 1..=5 {
        let coverage = scanner.visit(&query, |_socket| ())?;
        let left_out = coverage.left_out;
        println!(
            "round {round}: {} sockets, {} without a known owner; left out: {} sockets, {} processes",
            coverage.sockets, coverage.ownerless, left_out.sockets, left_out.processes,
        );
        // Why processes could not be read.
        if let Some(walk) = &coverage.processes {
            for hidden in &walk.hidden {
                println!("  {} processes: {}", hidden.count, hidden.failure);
            }
        }
    }
    Ok(())
}
