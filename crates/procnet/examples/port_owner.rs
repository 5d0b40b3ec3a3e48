//! Prints every process that holds a socket bound to a port.
//!
//!     cargo run --example port_owner PORT
//!
//! Exits with 1 if there is none, and reports on standard error what could not be read.

use std::{env, process::ExitCode};

use procnet::{Kinds, Query, Scanner};

fn main() -> Result<ExitCode, procnet::Error> {
    let Some(port) = env::args().nth(1).and_then(|argument| argument.parse().ok()) else {
        eprintln!("usage: port_owner PORT");
        return Ok(ExitCode::from(2));
    };
    let mut found = false;
    // TCP listeners and unconnected UDP sockets, without the connections, of which a busy server has
    // thousands on the same port.
    let query = Query::new().kinds(Kinds::INET).listening().local_port(port);
    let coverage = Scanner::new()?.visit(&query, |socket| {
        found = true;
        let local = socket.local().map(|local| local.to_string()).unwrap_or_default();
        if socket.owners.is_empty() {
            let uid = socket.uid().map(|uid| format!(" of user {uid}")).unwrap_or_default();
            println!("{} {local}: a process{uid} that is not visible", socket.kind);
        }
        for owner in socket.owners {
            println!(
                "{} {local}: {}({}), descriptor {}",
                socket.kind,
                owner.comm(),
                owner.pid(),
                owner.fd
            );
        }
    })?;
    eprint!("{coverage}");
    if !found {
        println!("no socket is bound to port {port} in this network namespace");
    }
    Ok(ExitCode::from(u8::from(!found)))
}
