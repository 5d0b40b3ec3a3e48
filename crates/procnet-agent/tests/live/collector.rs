//! A collector, played by the test.

use std::{
    io::{BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread,
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    logs::v1::LogRecord,
};

/// A request; its head in lower case.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Receives requests for logs, and passes them on with the bodies as they are. Metrics are taken, and forgotten.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    requests: mpsc::Receiver<Request>,
}

/// An answer with a status line, further lines of the head, and a body.
pub(crate) fn answer(status: &str, lines: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n");
    format!("{head}{lines}\r\n{body}").into_bytes()
}

impl Collector {
    /// Answers the first requests for logs as the list has it, and all others with 200.
    pub(crate) fn start(answers: Vec<Vec<u8>>) -> Collector {
        Collector::start_with(answers, |stream| stream)
    }

    /// The same over what wraps a connection.
    pub(crate) fn start_with<S: Read + Write>(
        answers: Vec<Vec<u8>>,
        wrap: impl Fn(std::net::TcpStream) -> S + Send + 'static,
    ) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, requests) = mpsc::channel();
        let mut answers = answers.into_iter();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                let mut reader = BufReader::new(wrap(stream));
                // A connection on which nothing comes, or that is not trusted.
                let Some(request) = read(&mut reader) else { continue };
                if request.head.starts_with("post /v1/metrics ") {
                    let _ = reader.get_mut().write_all(&answer("200 OK", "", "{}"));
                    continue;
                }
                assert!(request.head.starts_with("post /v1/logs http/1.1\r\n"), "{request:?}");
                let text = answers.next().unwrap_or_else(|| answer("200 OK", "", "{}"));
                if send.send(request).is_err() {
                    return;
                }
                // In pieces, the more slowly the longer the head says; whoever has enough may leave.
                let is_slow = text.starts_with(b"HTTP/1.1 200 Slow");
                for piece in text.chunks(if is_slow { 1 } else { 4096 }) {
                    if reader.get_mut().write_all(piece).is_err() {
                        break;
                    }
                    if is_slow {
                        thread::sleep(Duration::from_millis(500));
                    }
                }
            }
        });
        Collector { address, requests }
    }

    /// The next request.
    pub(crate) fn next(&self) -> Request {
        self.requests.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// The records of requests, until they are as wanted.
    pub(crate) fn records_until(&self, is_so: impl Fn(&[LogRecord]) -> bool) -> Vec<LogRecord> {
        let mut records = Vec::new();
        while !is_so(&records) {
            records.extend(self.next().records());
        }
        records
    }
}

fn read(reader: &mut impl std::io::BufRead) -> Option<Request> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let from = head.len();
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
        head.make_ascii_lowercase();
        if let Some(value) = head[from..].strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if head.len() - from <= 2 {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { head, body })
}

impl Request {
    /// The request as the official types have it.
    pub(crate) fn decoded(&self) -> ExportLogsServiceRequest {
        let text = std::str::from_utf8(&self.body).unwrap();
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Its records.
    pub(crate) fn records(&self) -> Vec<LogRecord> {
        let [of_resource] = &self.decoded().resource_logs[..] else { panic!("{self:?}") };
        let [of_scope] = &of_resource.scope_logs[..] else { panic!("{self:?}") };
        of_scope.log_records.clone()
    }
}

/// The attributes of the semantic conventions (1.44) that the agent sends.
const CONVENTIONS: [&str; 15] = [
    "container.id",
    "event.name",
    "host.id",
    "host.name",
    "network.connection.state",
    "network.local.address",
    "network.local.port",
    "network.peer.address",
    "network.peer.port",
    "network.transport",
    "network.type",
    "process.pid",
    "server.port",
    "service.name",
    "service.version",
];

/// Asserts that each attribute is one of the conventions, or one of the agent's own.
#[track_caller]
pub(crate) fn assert_names(attributes: &[KeyValue]) {
    for KeyValue { key, .. } in attributes {
        let is_own = key.starts_with("procnet.");
        assert!(is_own || CONVENTIONS.contains(&key.as_str()), "{key}");
    }
}

/// The text of an attribute.
pub(crate) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match attribute(attributes, key)? {
        Value::StringValue(text) => Some(text),
        other => panic!("{key}: {other:?}"),
    }
}

/// The number of an attribute.
pub(crate) fn number(attributes: &[KeyValue], key: &str) -> Option<i64> {
    match attribute(attributes, key)? {
        Value::IntValue(number) => Some(*number),
        other => panic!("{key}: {other:?}"),
    }
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let mut all = attributes.iter().filter(|attribute| attribute.key == key);
    let found = all.next()?;
    assert!(all.next().is_none(), "{key} twice");
    found.value.as_ref()?.value.as_ref()
}
