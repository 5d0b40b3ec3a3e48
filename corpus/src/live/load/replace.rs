//! Replaces connections: as many sockets as before, but with other inodes.

use std::{
    net::SocketAddr,
    os::fd::{AsFd as _, OwnedFd},
    time::Duration,
};

use rustix::{
    io::Result,
    net::{SocketFlags, SocketType, accept_with, connect, getsockname, sockopt},
};

use super::{LoadGenerator, new};

impl LoadGenerator {
    /// Closes up to this many TCP connections of each process and makes as many new ones. Both
    /// ends get new inodes; nothing is left of the old ones.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn replace_connections(&self, connections: usize) {
        for process in self.processes() {
            process.send(&format!("replace {connections}"), &[]);
        }
        for process in self.processes() {
            process.receive();
        }
    }
}

/// In a helper that created TCP connections and nothing else: both ends are adjacent, and the
/// listener follows the last of them.
pub(in crate::live) fn replace(
    count: &str,
    held: &mut [OwnedFd],
) -> std::result::Result<String, String> {
    let count = count.parse().map_err(|_| "not a number")?;
    let listens = |socket: &OwnedFd| sockopt::socket_acceptconn(socket.as_fd()).unwrap_or(false);
    let pairs = held.iter().position(listens).ok_or("no listener")?;
    let (pairs, listeners) = held.split_at_mut(pairs);
    let listener = listeners.first().ok_or("no listener")?;
    for pair in pairs.chunks_exact_mut(2).take(count) {
        reconnect(pair, listener).map_err(|error| error.to_string())?;
    }
    Ok("replaced".to_owned())
}

fn reconnect(pair: &mut [OwnedFd], listener: &OwnedFd) -> Result<()> {
    let [client, served] = pair else { return Ok(()) };
    let at = SocketAddr::try_from(getsockname(listener)?)?;
    // A connection closed by reset leaves no TIME_WAIT behind.
    sockopt::set_socket_linger(&*client, Some(Duration::ZERO))?;
    let next = new(at, SocketType::STREAM)?;
    *client = next;
    connect(&*client, &at)?;
    *served = accept_with(listener, SocketFlags::CLOEXEC)?;
    Ok(())
}
