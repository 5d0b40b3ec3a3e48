//! Who forgets to close? Sockets whose peer has closed (`CLOSE_WAIT`), by process, and how long
//! each has been so.
//!
//! A socket is in that state for a moment in every healthy server. One that stays there was
//! forgotten: so each is known by its inode, and only those that were seen in every round count.
//!
//!     cargo run --release --example leaks [ROUNDS [MILLISECONDS]]

use std::{
    collections::{BTreeMap, HashMap},
    env, thread,
    time::{Duration, Instant},
};

use procnet::{Budget, Inode, Kinds, Query, Scanner, State};

fn main() -> Result<(), procnet::Error> {
    let mut numbers = env::args().skip(1).map_while(|argument| argument.parse::<u64>().ok());
    let rounds = numbers.next().unwrap_or(6);
    let pause = Duration::from_millis(numbers.next().unwrap_or(5000));

    let mut scanner = Scanner::new()?;
    let query =
        Query::new().kinds(Kinds::TCP).states([State::CLOSE_WAIT]).incremental(Budget::unlimited());
    // Since when each socket has been waiting.
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
            // Each process once, however many descriptors of it hold the socket.
            let mut last = None;
            for owner in
                socket.owners.iter().filter(|owner| last.replace(owner.pid()) != Some(owner.pid()))
            {
                let waiting = processes.entry((owner.pid(), owner.comm().to_string())).or_default();
                waiting.0 += 1;
                waiting.1 = waiting.1.max(now - begun);
            }
        })?;
        println!("{} sockets to be closed", coverage.sockets);
        for ((pid, comm), (sockets, longest)) in processes {
            println!("  {comm}({pid}): {sockets}, the oldest seen for {longest:.0?}");
        }
        eprint!("{coverage}");
        since = still;
    }
    Ok(())
}
