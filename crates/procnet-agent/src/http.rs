//! The server: one thread, `poll`, and a bounded number of connections.
//!
//! It answers `GET` and `HEAD` with what was published, so a scrape takes the time to copy it. Whoever
//! connects is hostile: a connection has a deadline for its request and one for taking the answer, a head has
//! a maximum size, a request has no body, and when there is no room, a connection that waits for its next
//! request is closed for the sake of a new one. A slow client delays nobody.
//!
//! `tiny_http` and others that start a thread for each connection do not bound their number, nor the time of
//! a request; an asynchronous server needs a runtime for what is one loop here. The heads of requests are
//! parsed by `httparse`.

mod answer;
mod connection;
mod head;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    os::{fd::AsFd as _, unix::net::UnixStream},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::connection::{Connection, Next};
use crate::{
    config::Options,
    published::{Published, Served},
};

/// The connections that are accepted in one turn, so that those that are open have theirs.
const ACCEPTED: usize = 16;

/// How long the listener rests after it could not accept for lack of resources.
const REST: Duration = Duration::from_millis(200);

/// What bounds a connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    connections: usize,
    /// The largest head of a request, in bytes.
    request: usize,
    /// How long a request, or its answer, may take.
    timeout: Duration,
    /// How long a connection may wait for its next request.
    idle: Duration,
}

impl Limits {
    /// Those of the options.
    #[must_use]
    pub fn of(options: &Options) -> Limits {
        Limits {
            connections: options.max_connections,
            request: options.max_request,
            timeout: options.request_timeout,
            idle: options.idle_timeout,
        }
    }
}

/// Serves what is published.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    limits: Limits,
    published: Arc<Published>,
    connections: Vec<Connection>,
    rests_until: Option<Instant>,
}

impl Server {
    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// If that is not possible.
    pub fn bind(
        address: SocketAddr,
        limits: Limits,
        published: Arc<Published>,
    ) -> io::Result<Server> {
        let listener = listen(address)?;
        Ok(Server { listener, limits, published, connections: Vec::new(), rests_until: None })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// The kernel's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Listens at another address from now on, and has other limits. If it cannot, all stays as it is.
    ///
    /// # Errors
    ///
    /// If that is not possible.
    pub fn change(&mut self, address: SocketAddr, limits: Limits) -> io::Result<()> {
        // Port 0 was replaced by the kernel.
        let current = self.address()?;
        if address != current && !(address.port() == 0 && address.ip() == current.ip()) {
            self.listener = listen(address)?;
        }
        self.limits = limits;
        Ok(())
    }

    /// Serves until `wake` is readable.
    ///
    /// # Errors
    ///
    /// If `poll` fails.
    pub fn serve(&mut self, wake: &UnixStream) -> io::Result<()> {
        loop {
            let now = Instant::now();
            self.rests_until = self.rests_until.filter(|until| *until > now);
            let mut fds = Vec::with_capacity(self.connections.len() + 2);
            fds.push(PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN));
            let accepts =
                if self.rests_until.is_some() { PollFlags::empty() } else { PollFlags::IN };
            fds.push(PollFd::from_borrowed_fd(self.listener.as_fd(), accepts));
            fds.extend(self.connections.iter().map(Connection::poll_fd));
            let deadlines = self.connections.iter().map(Connection::deadline);
            let next = deadlines.chain(self.rests_until).min();
            let timeout = next.and_then(|next| {
                // A millisecond more, so that the deadline has passed when it ends.
                let left = next.saturating_duration_since(now) + Duration::from_millis(1);
                Timespec::try_from(left).ok()
            });
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
            drop(fds);
            if ready[0] {
                return Ok(());
            }
            self.turn(&ready[2..]);
            if ready[1] {
                self.accept();
            }
        }
    }

    /// Gives each connection its turn, and closes those whose time is up.
    fn turn(&mut self, ready: &[bool]) {
        let Server { connections, limits, published, .. } = self;
        let now = Instant::now();
        let mut at = 0;
        connections.retain_mut(|connection| {
            let is_ready = ready.get(at).copied().unwrap_or(false);
            at += 1;
            let next = if is_ready { connection.go_on(limits, published) } else { Next::Wait };
            match next {
                Next::Close => false,
                Next::Wait if connection.deadline() <= now => {
                    if !connection.is_idle() {
                        Served::count(&published.served.timeouts);
                    }
                    false
                }
                Next::Wait => true,
            }
        });
    }

    fn accept(&mut self) {
        for _connection in 0..ACCEPTED {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Such as a connection that the peer has reset.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(_) => {
                    self.rests_until = Some(Instant::now() + REST);
                    return;
                }
            };
            if self.connections.len() >= self.limits.connections && !self.make_room() {
                Served::count(&self.published.served.refused);
                answer::refuse(&stream);
                continue;
            }
            if let Ok(connection) = Connection::new(stream, &self.limits) {
                self.connections.push(connection);
            }
        }
    }

    /// Closes the connection that has waited the longest for its next request, if there is one.
    fn make_room(&mut self) -> bool {
        let idle =
            self.connections.iter().enumerate().filter(|(_, connection)| connection.is_idle());
        let oldest = idle.min_by_key(|(_, connection)| connection.deadline()).map(|(at, _)| at);
        let Some(oldest) = oldest else { return false };
        self.connections.swap_remove(oldest);
        Served::count(&self.published.served.evicted);
        true
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    // With SO_REUSEADDR, as the library sets it: connections of an agent before that remain in TIME_WAIT.
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
