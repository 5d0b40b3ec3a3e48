//! Sockets that come and go as fast as the machine gives, beside those that a test looks at.

use std::{
    net::{Ipv4Addr, SocketAddr},
    thread,
};

use rustix::{
    io::Result,
    net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect, listen,
        socket_with, socketpair, sockopt,
    },
};

/// In an actor: begins, in a thread that never ends.
pub(super) fn start(kind: &str) -> std::result::Result<String, String> {
    let round: fn(u64) -> Result<()> = match kind {
        "tcp" => tcp,
        "udp" => udp,
        "unix" => unix,
        _ => return Err(format!("no churn of {kind}")),
    };
    // The first is made before the answer, so that one that cannot be made is told.
    round(0).map_err(|error| error.to_string())?;
    thread::spawn(move || {
        for number in 1.. {
            // Ports may run out for a moment.
            let _ = round(number);
        }
    });
    Ok("begun".to_owned())
}

const CLOEXEC: SocketFlags = SocketFlags::CLOEXEC;

/// A listener, connections to it, and their end by reset, so that nothing is left of them.
fn tcp(number: u64) -> Result<()> {
    let new = || socket_with(AddressFamily::INET, SocketType::STREAM, CLOEXEC, None);
    let [.., high, low] = number.to_be_bytes();
    let listener = new()?;
    let at: SocketAddr = (Ipv4Addr::new(127, 200, high, low), 0).into();
    bind(&listener, &at)?;
    listen(&listener, 16)?;
    let at = rustix::net::getsockname(&listener)?;
    for _connection in 0..16 {
        let client = new()?;
        sockopt::set_socket_linger(&client, Some(std::time::Duration::ZERO))?;
        connect(&client, &at)?;
        drop(accept_with(&listener, CLOEXEC)?);
        drop(client);
    }
    Ok(())
}

fn udp(_number: u64) -> Result<()> {
    let mut held = Vec::new();
    for _socket in 0..16 {
        let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, CLOEXEC, None)?;
        bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        held.push(socket);
    }
    Ok(())
}

/// Short names, so that a row behind one could be a part of it; pairs; a connection that
/// waits to be accepted when its listener ends.
fn unix(number: u64) -> Result<()> {
    let new = || socket_with(AddressFamily::UNIX, SocketType::STREAM, CLOEXEC, None);
    let name = format!("churn{}", number % 1000);
    let address = SocketAddrUnix::new_abstract_name(name.as_bytes())?;
    let listener = new()?;
    bind(&listener, &address)?;
    listen(&listener, 16)?;
    let client = new()?;
    connect(&client, &address)?;
    let served = accept_with(&listener, CLOEXEC)?;
    let pair = socketpair(AddressFamily::UNIX, SocketType::DGRAM, CLOEXEC, None)?;
    let waiting = new()?;
    connect(&waiting, &address)?;
    drop((listener, client, served, pair, waiting));
    Ok(())
}
