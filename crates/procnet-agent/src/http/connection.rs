//! One connection.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    os::fd::AsFd as _,
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags};

use super::{
    Limits,
    answer::{Answer, answer, bad},
    head::{Head, parse},
};
use crate::published::Published;

/// How a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Wait,
    Close,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    state: State,
    deadline: Instant,
    /// What was received, and not answered yet.
    received: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Reading,
    Writing {
        head: Vec<u8>,
        body: Arc<[u8]>,
        sent: usize,
        keep: bool,
    },
    /// All is sent. What still arrives is discarded until the client closes: if it were unread, the kernel
    /// would reset the connection, and the client might lose the answer (net/ipv4/tcp.c `__tcp_close`).
    Draining {
        bytes: usize,
    },
}

/// How much a client may send that is discarded, in bytes, and how long that may take.
const DRAINED: (usize, Duration) = (1 << 20, Duration::from_secs(1));

impl Connection {
    pub(super) fn new(stream: TcpStream, limits: &Limits) -> io::Result<Connection> {
        stream.set_nonblocking(true)?;
        // An answer is written in two parts.
        stream.set_nodelay(true)?;
        let deadline = Instant::now() + limits.timeout;
        Ok(Connection { stream, state: State::Reading, deadline, received: Vec::new() })
    }

    /// Until when the present step has time.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether it waits for a request of which nothing has arrived, or for its end.
    pub(super) fn is_idle(&self) -> bool {
        match self.state {
            State::Reading => self.received.is_empty(),
            State::Writing { .. } => false,
            State::Draining { .. } => true,
        }
    }

    pub(super) fn poll_fd(&self) -> PollFd<'_> {
        let flags = match self.state {
            State::Reading | State::Draining { .. } => PollFlags::IN,
            State::Writing { .. } => PollFlags::OUT,
        };
        PollFd::from_borrowed_fd(self.stream.as_fd(), flags)
    }

    /// Does what can be done without waiting: at most one read, and the answers to what it brought.
    pub(super) fn go_on(&mut self, limits: &Limits, published: &Published) -> Next {
        if let State::Draining { bytes } = &mut self.state {
            return match self.stream.read(&mut [0; 4096]) {
                Ok(length @ 1..) if *bytes >= length => {
                    *bytes -= length;
                    Next::Wait
                }
                Err(error) if is_transient(&error) => Next::Wait,
                Ok(_) | Err(_) => Next::Close,
            };
        }
        if matches!(self.state, State::Reading) && !self.read(limits) {
            return Next::Close;
        }
        loop {
            if let State::Writing { head, body, sent, keep } = &mut self.state {
                match write(&mut self.stream, [head, body], sent) {
                    Ok(true) if *keep => {}
                    Ok(true) if self.stream.shutdown(Shutdown::Write).is_ok() => {
                        self.state = State::Draining { bytes: DRAINED.0 };
                        self.deadline = Instant::now() + DRAINED.1;
                        return Next::Wait;
                    }
                    Ok(false) => return Next::Wait,
                    Ok(true) | Err(_) => return Next::Close,
                }
                self.state = State::Reading;
                self.deadline = Instant::now() + limits.idle;
            }
            let answer = match parse(&self.received, limits.request) {
                Head::Partial => return Next::Wait,
                Head::Whole { request, length } => {
                    let answer = answer(&request, published);
                    self.received.drain(..length);
                    if !self.received.is_empty() {
                        self.deadline = Instant::now() + limits.timeout;
                    }
                    answer
                }
                Head::Bad(status) => bad(status, published),
            };
            let Answer { head, body, keep } = answer;
            self.state = State::Writing { head, body, sent: 0, keep };
            self.deadline = Instant::now() + limits.timeout;
        }
    }

    /// Returns whether the connection goes on.
    fn read(&mut self, limits: &Limits) -> bool {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(length) => {
                if self.received.is_empty() {
                    // The time for this request begins.
                    self.deadline = self.deadline.min(Instant::now() + limits.timeout);
                }
                self.received.extend_from_slice(&buffer[..length]);
                true
            }
            Err(error) => is_transient(&error),
        }
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Returns whether all was sent.
fn write(stream: &mut TcpStream, parts: [&[u8]; 2], sent: &mut usize) -> io::Result<bool> {
    loop {
        let in_body = sent.checked_sub(parts[0].len());
        let left = match in_body {
            None => &parts[0][*sent..],
            Some(at) => &parts[1][at..],
        };
        if left.is_empty() {
            return Ok(true);
        }
        match stream.write(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => *sent += length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
