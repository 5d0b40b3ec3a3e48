//! Who has a port? Every process that holds a socket bound to it.
//!
//!     cargo run --example port_owner PORT
//!
//! Exits with 1 if nobody has it, and says whether somebody might who could not be seen.

use std::{env, process::ExitCode};

use procnet::{Kinds, Query, Scanner};

fn main() -> Result<ExitCode, procnet::Error> {
    let Some(port) = env::args().nth(1).and_then(|argument| argument.parse().ok()) else {
        eprintln!("usage: port_owner PORT");
        return Ok(ExitCode::from(2));
    };
    let mut found = false;
    // TCP listeners, and UDP sockets that take from anybody: no connection, of which a busy
    // server has thousands with the same port.
    let query = Query::new().kinds(Kinds::INET).listening().local_port(port);
    let coverage = Scanner::new()?.visit(&query, |socket| {
        found = true;
        let local = socket.local().map(|local| local.to_string()).unwrap_or_default();
        if socket.owners.is_empty() {
            let uid = socket.uid().map(|uid| format!(" of user {uid}")).unwrap_or_default();
            println!("{} {local}: a process{uid} that could not be seen", socket.kind);
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
        println!("nobody has port {port} in this network namespace");
    }
    Ok(ExitCode::from(u8::from(!found)))
}
