//! Lists the host's sockets and their owners, once.

fn main() -> Result<(), procnet::Error> {
    let mut scanner = procnet::Scanner::new()?;
    let coverage = scanner.visit(&procnet::Query::new(), |socket| {
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
    eprint!("{coverage}");
    Ok(())
}
