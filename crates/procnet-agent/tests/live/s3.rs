//! A server that speaks as much of S3 as sending files takes, and fails in the ways that servers and networks do.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 500, and nothing is stored.
    Error,
    /// 503 with `SlowDown`, and nothing is stored.
    SlowDown,
    /// 403.
    Denied,
    /// 507.
    Full,
    /// The connection is closed without an answer, and nothing is stored.
    Reset,
    /// What was sent is stored, and the connection closed without an answer.
    StoredThenReset,
    /// What was sent is stored, and the answer is cut in its head.
    StoredThenCut,
    /// There is no answer for a while.
    Silence,
    /// Half of what was sent is stored, and that is not mentioned.
    Half,
}

/// What it has, and what was asked of it.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Objects by key.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// How often each key was stored, and not refused as it exists.
    pub(crate) stored: BTreeMap<String, u32>,
    /// Keys in the order in which they were stored.
    pub(crate) order: Vec<String>,
    /// Requests by method.
    pub(crate) requests: BTreeMap<String, u32>,
    /// Faults of the next requests, the last first.
    pub(crate) faults: Vec<Fault>,
    /// Requests that had no signature.
    pub(crate) unsigned: u32,
    parts: BTreeMap<(String, u32), Vec<u8>>,
}

/// A running server; its thread ends with the test's process.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::start_at("127.0.0.1:0", Arc::default())
    }

    /// A server with this state.
    pub(crate) fn start_at(address: &str, state: Arc<Mutex<State>>) -> Server {
        let listener = TcpListener::bind(address).unwrap();
        let server = Server { address: listener.local_addr().unwrap(), state };
        let shared = Arc::clone(&server.state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &shared));
            }
        });
        server
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    head: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut head = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        head.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path: decoded(path), query: query.to_owned(), head, body })
}

/// Percent-decodes a path.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let fault = {
            let mut state = state.lock().unwrap();
            *state.requests.entry(request.method.clone()).or_default() += 1;
            state.unsigned += u32::from(!request.head.contains_key("authorization"));
            state.faults.pop()
        };
        let refused = match fault {
            Some(Fault::Error) => Some("500 Internal Server Error"),
            Some(Fault::SlowDown) => Some("503 Service Unavailable"),
            Some(Fault::Denied) => Some("403 Forbidden"),
            Some(Fault::Full) => Some("507 Insufficient Storage"),
            Some(Fault::Reset) => return,
            Some(Fault::Silence) => {
                thread::sleep(Duration::from_secs(3));
                return;
            }
            _ => None,
        };
        if let Some(status) = refused {
            let body = "<Error><Code>SlowDown</Code></Error>";
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = (&mut &*stream).write_all(&[head.as_bytes(), body.as_bytes()].concat());
            continue;
        }
        let mut answer = answer(request, &mut state.lock().unwrap(), fault == Some(Fault::Half));
        match fault {
            Some(Fault::StoredThenReset) => return,
            Some(Fault::StoredThenCut) => answer.truncate(12),
            _ => {}
        }
        if (&mut &*stream).write_all(&answer).is_err() || fault == Some(Fault::StoredThenCut) {
            return;
        }
    }
}

fn answer(request: Request, state: &mut State, half: bool) -> Vec<u8> {
    let Request { method, path, query, head, mut body } = request;
    let key = path.strip_prefix("/bucket/").unwrap_or(&path).to_owned();
    let empty = |status: &str| {
        format!("HTTP/1.1 {status}\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n").into_bytes()
    };
    let with = |status: &str, body: &[u8], sent: bool| {
        let head = format!(
            "HTTP/1.1 {status}\r\nETag: \"e\"\r\nContent-Length: {}\r\nLast-Modified: Mon, 30 Nov 2026 21:15:00 GMT\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), if sent { body } else { b"" }].concat()
    };
    if half {
        body.truncate(body.len() / 2);
    }
    let number = query.split('&').find_map(|pair| pair.strip_prefix("partNumber="));
    match (method.as_str(), number) {
        ("PUT", Some(number)) => {
            state.parts.insert((key, number.parse().unwrap()), body);
            empty("200 OK")
        }
        ("PUT", None) => {
            if head.contains_key("if-none-match") && state.objects.contains_key(&key) {
                return empty("412 Precondition Failed");
            }
            store(state, key, body);
            empty("200 OK")
        }
        ("POST", _) if query.starts_with("uploads") => {
            let body = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>";
            with("200 OK", body.as_bytes(), true)
        }
        ("POST", _) => {
            let parts = std::mem::take(&mut state.parts);
            let (of_key, others) = parts.into_iter().partition(|((of, _), _)| *of == key);
            state.parts = others;
            let of_key: BTreeMap<(String, u32), Vec<u8>> = of_key;
            store(state, key, of_key.into_values().flatten().collect());
            let body =
                "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>";
            with("200 OK", body.as_bytes(), true)
        }
        ("DELETE", _) => {
            state.parts.retain(|(of, _), _| *of != key);
            empty("204 No Content")
        }
        ("GET" | "HEAD", _) => match state.objects.get(&key) {
            Some(object) => with("200 OK", object, method == "GET"),
            None => empty("404 Not Found"),
        },
        _ => empty("405 Method Not Allowed"),
    }
}

fn store(state: &mut State, key: String, body: Vec<u8>) {
    *state.stored.entry(key.clone()).or_default() += 1;
    state.order.push(key.clone());
    state.objects.insert(key, body);
}
