//! Lists the sockets of the host and their owners.
//!
//!     cargo run --example first_list

use procnet::{Query, Scanner};

fn main() -> Result<(), procnet::Error> {
    let mut scanner = Scanner::new()?;
    let coverage = scanner.visit(&Query::new(), |socket| {
        print!("{} {}", socket.kind, socket.state);
        match (socket.local(), socket.remote(), socket.name()) {
            (Some(local), Some(remote), _) => print!(" {local} {remote}"),
            (_, _, Some(name)) => print!(" {name}"),
            _ => {}
        }
        for owner in socket.owners {
            print!(" {}({})/{}", owner.comm(), owner.pid(), owner.fd);
        }
        println!();
    })?;
    // A line for each thing that could not be read.
    eprint!("{coverage}");
    Ok(())
}
