//! Lists the listeners of each container and systemd unit.
//!
//!     cargo run --example units

use std::collections::{BTreeMap, BTreeSet};

use procnet::{Kinds, Query, Scanner, decode::escape::Escaped, process::ProcessCache};

fn main() -> Result<(), procnet::Error> {
    let mut scanner = Scanner::new()?;
    // Each process is read once, however many sockets it holds.
    let mut processes = ProcessCache::new(scanner.root())?;
    let mut listeners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let coverage = scanner.visit(&Query::new().kinds(Kinds::INET).listening(), |socket| {
        let Some(local) = socket.local() else { return };
        for owner in socket.owners {
            let details = processes.details(owner.process);
            // The names may have any bytes; escaped, they are safe to print.
            let name = match (details.container(), details.unit()) {
                (Some(container), _) => format!("container {}", Escaped(&container)),
                (None, Some(unit)) => Escaped(unit).to_string(),
                (None, None) => "no unit".to_owned(),
            };
            let listener = format!("{} {local} {}", socket.kind, owner.comm());
            listeners.entry(name).or_default().insert(listener);
        }
    })?;
    for (name, listeners) in listeners {
        println!("{name}");
        listeners.iter().for_each(|listener| println!("  {listener}"));
    }
    if processes.denied() > 0 {
        eprintln!("{} processes: some details could not be read", processes.denied());
    }
    eprint!("{coverage}");
    Ok(())
}
