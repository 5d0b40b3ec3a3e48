//! New connections in the place of old ones: as many sockets as before, but others.

use std::{
    net::SocketAddr,
    os::fd::{AsFd as _, OwnedFd},
    time::Duration,
};

use rustix::{
    io::Result,
    net::{SocketFlags, SocketType, accept_with, connect, getsockname, sockopt},
};

use super::{Farm, new};

impl Farm {
    /// Ends so many TCP connections of each process, fewer if it has fewer, and makes new ones
    /// in their place. Both ends get other inodes; nothing is left of the old ones.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn renew(&self, connections: usize) {
        for actor in self.actors() {
            actor.tell(&format!("renew {connections}"), &[]);
        }
        for actor in self.actors() {
            actor.hear();
        }
    }
}

/// In an actor that grew TCP connections, and nothing else: both ends stand side by side,
/// and the listener behind the last of them.
pub(in crate::live) fn renew(
    count: &str,
    held: &mut [OwnedFd],
) -> std::result::Result<String, String> {
    let count = count.parse().map_err(|_| "no number")?;
    let listens = |socket: &OwnedFd| sockopt::socket_acceptconn(socket.as_fd()).unwrap_or(false);
    let pairs = held.iter().position(listens).ok_or("no listener")?;
    let (pairs, listeners) = held.split_at_mut(pairs);
    let listener = listeners.first().ok_or("no listener")?;
    for pair in pairs.chunks_exact_mut(2).take(count) {
        again(pair, listener).map_err(|error| error.to_string())?;
    }
    Ok("renewed".to_owned())
}

fn again(pair: &mut [OwnedFd], listener: &OwnedFd) -> Result<()> {
    let [client, served] = pair else { return Ok(()) };
    let at = SocketAddr::try_from(getsockname(listener)?)?;
    // Closed by a reset, a connection leaves no TIME_WAIT behind.
    sockopt::set_socket_linger(&*client, Some(Duration::ZERO))?;
    let next = new(at, SocketType::STREAM)?;
    *client = next;
    connect(&*client, &at)?;
    *served = accept_with(listener, SocketFlags::CLOEXEC)?;
    Ok(())
}
