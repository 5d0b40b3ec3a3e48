//! One connection among all the others, by its two ends.
//!
//! The connection is made for the question, and is gone when the answer is told: whoever
//! counts sockets in between does not count it.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use procnet::{Scanner, Source, lookup::Lookup};
use rustix::net::sockopt::set_socket_linger;

use super::{Made, timed, version_of};
use crate::protocol::Answer;

/// So often it is looked up; the mean counts, as a single time is near what a clock can tell.
const TIMES: u32 = 100;

/// Where it connects to: an address that nobody else uses.
const SERVER: SocketAddr =
    SocketAddr::V4(std::net::SocketAddrV4::new(std::net::Ipv4Addr::new(127, 255, 0, 1), 0));

pub(super) fn make() -> Made {
    let mut scanner = Scanner::new().map_err(|error| error.to_string())?;
    let engine = move || {
        let (client, served) = connected().map_err(|error| error.to_string())?;
        let ends = (client.local_addr(), client.peer_addr());
        let (Ok(local), Ok(remote)) = ends else { return Err("it has no ends".to_owned()) };
        let lookup = Lookup::tcp(local, remote).source(Source::Netlink);
        let (found, time) = timed(|| {
            let mut found = 0;
            for _time in 0..TIMES {
                let socket = scanner.lookup(&lookup)?;
                found += u32::from(socket.is_some_and(|socket| socket.inode.is_some()));
            }
            Ok::<u32, procnet::Error>(found)
        })?;
        for end in [&client, &served] {
            // Closed by a reset, a connection leaves no TIME_WAIT behind.
            set_socket_linger(end, Some(Duration::ZERO)).map_err(|error| error.to_string())?;
        }
        Ok((Answer { sockets: Some(u64::from(found / TIMES)), owned: None }, time / TIMES))
    };
    Ok((Box::new(engine), version_of("procnet")))
}

fn connected() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind(SERVER)?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (served, _) = listener.accept()?;
    Ok((client, served))
}
