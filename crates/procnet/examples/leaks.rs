//! Finds processes that forget to close sockets: those whose peer has closed (`CLOSE_WAIT`), by
//! process, and how long the oldest has been seen in that state.
//!
//! In a healthy server, a socket is in that state for a moment. One that stays was forgotten. Sockets
//! are recognised by their inode, and their age starts when they are first seen.
//!
//!     cargo run --release --example leaks [ROUNDS [MILLISECONDS]]

use std::{
    collections::{BTreeMap, HashMap},
    env, thread,
    time::{Duration, Instant},
};

use procnet::{Inode, Kinds, Query, Scanner, State, owners::Budget};

fn main() -> Result<(), procnet::Error> {
    let mut numbers = env::args().skip(1).map_while(|argument| argument.parse::<u64>().ok());
    let rounds = numbers.next().unwrap_or(6);
    let pause = Duration::from_millis(numbers.next().unwrap_or(5000));

    let mut scanner = Scanner::new()?;
    let query =
        Query::new().kinds(Kinds::TCP).states([State::CLOSE_WAIT]).incremental(Budget::unlimited());
    // When each socket was first seen.
    let mut since: HashMap<Inode, Instant> = HashMap::new();
    for round in 0..rounds {
        if round > 0 {
            thread::sleep(pause);
        }
        let now = Instant::now();
        let mut still = HashMap::new();
        let mut processes: BTreeMap<(u32, String), (u64, Duration)> = BTreeMap::new();
        let coverage = scanner.visit(&query, |socket| {
            let Some(inode) = socket.inode else { return };
            let begun = since.get(&inode).copied().unwrap_or(now);
            still.insert(inode, begun);
            // Each process once, however many of its descriptors hold the socket.
            let mut last = None;
            for owner in
                socket.owners.iter().filter(|owner| last.replace(owner.pid()) != Some(owner.pid()))
            {
                let waiting = processes.entry((owner.pid(), owner.comm().to_string())).or_default();
                waiting.0 += 1;
                waiting.1 = waiting.1.max(now - begun);
            }
        })?;
        println!("{} sockets in CLOSE_WAIT", coverage.sockets);
        for ((pid, comm), (sockets, longest)) in processes {
            println!("  {comm}({pid}): {sockets}, the oldest seen for {longest:.0?}");
        }
        eprint!("{coverage}");
        since = still;
    }
    Ok(())
}
