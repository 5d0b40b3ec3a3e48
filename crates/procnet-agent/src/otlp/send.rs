//! The thread that sends.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use procnet::privileges;

use super::Endpoint;
use crate::log::{self, Level};

/// How long connecting, and each read and write, may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes.
const LARGEST: u64 = 64 << 10;

/// The pauses after a failure: they double up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What became of requests.
#[derive(Debug, Default)]
pub struct Exported {
    /// Requests that the collector has accepted.
    pub accepted: AtomicU64,
    /// Requests that it has rejected for good, or in part.
    pub rejected: AtomicU64,
    /// Attempts that failed and were repeated, or replaced by a later request.
    pub failed: AtomicU64,
    /// Requests that a later one has replaced.
    pub replaced: AtomicU64,
}

/// Leaves requests to the thread that sends them.
#[derive(Debug)]
pub struct Sender {
    shared: Arc<Shared>,
    /// What became of requests.
    pub exported: Arc<Exported>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    request: Option<Vec<u8>>,
    ended: bool,
}

impl Sender {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If there can be none.
    pub fn start(endpoint: Endpoint) -> io::Result<Sender> {
        let (shared, exported) = (Arc::new(Shared::default()), Arc::new(Exported::default()));
        let sender = Sender { shared: Arc::clone(&shared), exported: Arc::clone(&exported) };
        let run = move || {
            privileges::keep_none();
            run(&endpoint, &shared, &exported);
        };
        thread::Builder::new().name("procnet-otlp".to_owned()).spawn(run)?;
        Ok(sender)
    }

    /// Sends a request as soon as possible, in place of one that still waits.
    pub fn send(&self, request: Vec<u8>) {
        let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.request.replace(request).is_some() {
            self.exported.replaced.fetch_add(1, Ordering::Relaxed);
        }
        self.shared.changed.notify_one();
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.changed.notify_one();
    }
}

/// What the collector made of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    /// It is not to be sent again.
    Rejected(u16),
    /// It may be sent again, not before this time.
    Later(Option<Duration>),
}

fn run(endpoint: &Endpoint, shared: &Shared, exported: &Exported) {
    let mut pause = PAUSES.0;
    let mut failing = false;
    loop {
        let request = {
            let waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let ready = |waiting: &mut Waiting| waiting.request.is_none() && !waiting.ended;
            let mut waiting =
                shared.changed.wait_while(waiting, ready).unwrap_or_else(PoisonError::into_inner);
            if waiting.ended {
                return;
            }
            waiting.request.take()
        };
        let Some(request) = request else { continue };
        let verdict = post(endpoint, &request);
        let (reason, wait) = match verdict {
            Ok(Verdict::Accepted) => {
                exported.accepted.fetch_add(1, Ordering::Relaxed);
                (failing, pause) = (false, PAUSES.0);
                continue;
            }
            Ok(Verdict::Rejected(status)) => {
                exported.rejected.fetch_add(1, Ordering::Relaxed);
                log::write(Level::Error, "the collector rejects metrics", &[("status", &status)]);
                continue;
            }
            Ok(Verdict::Later(after)) => ("it asks for a later attempt".to_owned(), after),
            Err(error) => (error.to_string(), None),
        };
        exported.failed.fetch_add(1, Ordering::Relaxed);
        if !failing {
            log::write(
                Level::Warn,
                "metrics are not sent",
                &[("endpoint", endpoint), ("reason", &reason)],
            );
            failing = true;
        }
        // Unless there is a later one by then.
        let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.request.get_or_insert(request);
        let pauses = |waiting: &mut Waiting| !waiting.ended;
        let wait = wait.unwrap_or(pause).min(PAUSES.1);
        let waited = shared.changed.wait_timeout_while(waiting, wait, pauses);
        drop(waited);
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Sends one request, and reads the answer.
fn post(endpoint: &Endpoint, body: &[u8]) -> io::Result<Verdict> {
    let Endpoint { authority, path } = endpoint;
    let mut stream = connect(authority)?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         User-Agent: procnet-agent/{}\r\nConnection: close\r\n\r\n",
        body.len(),
        env!("CARGO_PKG_VERSION"),
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    (&mut stream).take(LARGEST).read_to_end(&mut answer)?;
    verdict(&answer)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an answer of HTTP"))
}

fn connect(authority: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in authority.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, TIMEOUT) {
            Ok(stream) => {
                stream.set_read_timeout(Some(TIMEOUT))?;
                stream.set_write_timeout(Some(TIMEOUT))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What an answer means (the specification, "OTLP/HTTP Response" and "Failures").
fn verdict(answer: &[u8]) -> Option<Verdict> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut fields);
    response.parse(answer).ok().filter(httparse::Status::is_complete)?;
    let after =
        response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("retry-after"));
    let after = after.and_then(|field| std::str::from_utf8(field.value).ok()?.trim().parse().ok());
    Some(match response.code? {
        200..=299 => Verdict::Accepted,
        429 | 502 | 503 | 504 => Verdict::Later(after.map(Duration::from_secs)),
        status => Verdict::Rejected(status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_statuses_of_the_specification_are_tried_again() {
        let of = |status: &str| {
            verdict(format!("HTTP/1.1 {status}\r\nRetry-After: 7\r\n\r\n").as_bytes())
        };
        assert_eq!(of("200 OK"), Some(Verdict::Accepted));
        let seven = Verdict::Later(Some(Duration::from_secs(7)));
        for status in ["429 X", "502 X", "503 X", "504 X"] {
            assert_eq!(of(status), Some(seven), "{status}");
        }
        assert_eq!(of("400 X"), Some(Verdict::Rejected(400)));
        assert_eq!(of("500 X"), Some(Verdict::Rejected(500)));
        assert_eq!(verdict(b"SSH-2.0-x\r\n"), None);
        assert_eq!(verdict(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
