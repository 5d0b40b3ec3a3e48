//! Prints each second which TCP sockets appeared, vanished or changed, and how long that took.
//!
//!     cargo run --release --example agents_loop [ROUNDS [MILLISECONDS]]

use std::{env, mem, thread, time::Duration, time::Instant};

use procnet::{
    Kinds, Query, Scanner, Socket,
    owners::Budget,
    snapshot::{Change, Snapshot},
};

fn main() -> Result<(), procnet::Error> {
    let mut numbers = env::args().skip(1).map_while(|argument| argument.parse::<u64>().ok());
    let rounds = numbers.next().unwrap_or(10);
    let pause = Duration::from_millis(numbers.next().unwrap_or(1000));

    let mut scanner = Scanner::new()?;
    // Owners are kept between rounds; only those of what is new are looked for.
    let query = Query::new().kinds(Kinds::TCP).incremental(Budget::unlimited());
    // Two snapshots, filled alternately: once they have grown, nothing is allocated.
    let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
    scanner.snapshot(&query, &mut before)?;
    println!("{} sockets at the start", before.len());
    for _round in 0..rounds {
        thread::sleep(pause);
        let begun = Instant::now();
        scanner.snapshot(&query, &mut after)?;
        let took = begun.elapsed();
        for change in before.diff(&after) {
            match change {
                Change::Appeared(socket) => println!("+ {}", shown(&socket)),
                Change::Vanished(socket) => println!("- {}", shown(&socket)),
                Change::Changed { before, after, what } => {
                    println!("~ {}: {what}, was {}", shown(&after), before.state);
                }
                _ => {}
            }
        }
        println!("{} sockets, seen in {took:.1?}", after.len());
        // Swapped, not replaced, so that both keep their memory.
        mem::swap(&mut before, &mut after);
    }
    Ok(())
}

fn shown(socket: &Socket<'_>) -> String {
    let end =
        |end: Option<std::net::SocketAddr>| end.map(|end| end.to_string()).unwrap_or_default();
    let owners = socket.owners.iter().map(|owner| format!(" {}({})", owner.comm(), owner.pid()));
    let owners: String = owners.collect();
    format!("{} {} {}{owners}", socket.state, end(socket.local()), end(socket.remote()))
}
