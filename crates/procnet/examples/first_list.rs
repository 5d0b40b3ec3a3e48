//! Lists the host's sockets and their owners, once.
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
    // What could not be seen, in words; nothing if all was.
    eprint!("{coverage}");
    Ok(())
}
