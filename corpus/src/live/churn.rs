//! Sockets that are created and closed as fast as the machine allows, beside those a test checks.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    os::fd::OwnedFd,
    thread,
};

use rustix::{
    io::{Result, fcntl_dupfd_cloexec},
    net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect, listen,
        socket_with, socketpair, sockopt,
    },
};

/// In a helper: starts a thread that does so and never ends.
pub(super) fn start(kind: &str) -> std::result::Result<String, String> {
    let cycle: fn(u64) -> Result<()> = match kind {
        "tcp" => tcp,
        "udp" => udp,
        "unix" => unix,
        "listeners" => listeners,
        _ => return Err(format!("no churn of {kind}")),
    };
    // The first cycle runs before the answer, so that a failure is reported.
    cycle(0).map_err(|error| error.to_string())?;
    thread::spawn(move || {
        for number in 1.. {
            // Ports may run out for a moment.
            let _ = cycle(number);
        }
    });
    Ok("started".to_owned())
}

/// In a helper: starts a thread that duplicates and closes descriptors of the first sockets it holds, at
/// low and at high numbers. It holds a duplicate of each besides.
pub(super) fn start_descriptors(held: &[OwnedFd]) -> std::result::Result<String, String> {
    let held: io::Result<Vec<OwnedFd>> = held.iter().take(64).map(OwnedFd::try_clone).collect();
    let held = held.map_err(|error| error.to_string())?;
    thread::spawn(move || {
        for minimum in (0..).map(|number| number * 37 % 4096) {
            let duplicates: Vec<_> =
                held.iter().map(|socket| fcntl_dupfd_cloexec(socket, minimum)).collect();
            drop(duplicates);
        }
    });
    Ok("started".to_owned())
}

const CLOEXEC: SocketFlags = SocketFlags::CLOEXEC;

/// A listener and connections to it, closed by reset so that no `TIME_WAIT` remains.
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

/// The port of the group of listeners that `listeners` joins and leaves.
pub(super) const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 7100);

/// Members of a group of listeners (`SO_REUSEPORT`).
fn listeners(_number: u64) -> Result<()> {
    let mut held = Vec::new();
    for _listener in 0..4 {
        let listener = socket_with(AddressFamily::INET, SocketType::STREAM, CLOEXEC, None)?;
        sockopt::set_socket_reuseport(&listener, true)?;
        bind(&listener, &SocketAddr::from(GROUP))?;
        listen(&listener, 16)?;
        held.push(listener);
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

/// Short names, so that a row could be mistaken for part of a name; pairs; a connection still
/// waiting to be accepted when its listener is closed.
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
