//! Prints the number of sockets in each network namespace of the host, and its listeners.
//!
//!     cargo run --release --example namespaces

use std::collections::BTreeMap;

use procnet::{Kinds, Netns, Query, Scanner, State, netns::Namespace};

fn main() -> Result<(), procnet::Error> {
    let query = Query::new().kinds(Kinds::INET).netns(Netns::All);
    let mut namespaces: BTreeMap<Namespace, (u64, Vec<String>)> = BTreeMap::new();
    let coverage = Scanner::new()?.visit(&query, |socket| {
        let namespace = socket.netns.cloned().unwrap_or_default();
        let (sockets, listeners) = namespaces.entry(namespace).or_default();
        *sockets += 1;
        if socket.state == State::LISTEN
            && let Some(local) = socket.local()
        {
            let owner = socket.owners.iter().next();
            let owner = owner.map_or("owner unknown".to_owned(), |owner| owner.comm().to_string());
            listeners.push(format!("{local} ({owner})"));
        }
    })?;
    for (namespace, (sockets, listeners)) in namespaces {
        println!("{namespace}: {sockets} sockets; listening: {}", listeners.join(", "));
    }
    println!("{} namespaces visited", coverage.namespaces.visited);
    eprint!("{coverage}");
    Ok(())
}
