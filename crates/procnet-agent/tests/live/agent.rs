//! A running agent.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::page::Page;

/// Longer than anything takes here, also beside other tests.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running agent; it ends when this is dropped.
pub(crate) struct Agent {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
    _dir: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Agent {
    /// Starts an agent that refreshes often, and waits until it is ready.
    pub(crate) fn start(arguments: &[&str]) -> Agent {
        Agent::start_via(&[], arguments)
    }

    /// The same, executed through a command.
    pub(crate) fn start_via(prefix: &[&str], arguments: &[&str]) -> Agent {
        let agent = Agent::launch(prefix, &[&["--listen", "127.0.0.1:0"], arguments].concat());
        agent.until("ready", || agent.get("/health").status == 200);
        agent
    }

    /// Starts an agent, and waits until it listens.
    pub(crate) fn launch(prefix: &[&str], arguments: &[&str]) -> Agent {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let fast = ["--interval", "100ms", "--cpu-budget", "100", "--deadline", "60s"];
        let words: Vec<&str> =
            [prefix, &[env!("CARGO_BIN_EXE_procnet-agent")], &fast, arguments].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stderr(File::create(&log).unwrap());
        let process = command.spawn().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut agent = Agent { process, address, log, _dir: dir };
        agent.until("listening", || agent.log().contains("message=serving"));
        let log = agent.log();
        let address = log.lines().find_map(|line| line.split_once(" address=")).unwrap().1;
        agent.address = address.split(' ').next().unwrap().parse().unwrap();
        agent
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until something is so.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < TIMEOUT, "not {what}: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a page is so, and returns it.
    #[track_caller]
    pub(crate) fn page_when(&self, is_so: impl Fn(&Page) -> bool) -> Page {
        self.until("ready", || self.get("/metrics").status == 200);
        let begun = Instant::now();
        loop {
            let page = self.page();
            if is_so(&page) {
                return page;
            }
            assert!(begun.elapsed() < TIMEOUT, "{}\n{}", page.text, self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The page, in the text format.
    pub(crate) fn page(&self) -> Page {
        let answer = self.get("/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.head.contains("text/plain; version=0.0.4"), "{}", answer.head);
        Page::parse(&answer.body)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    }

    /// Sends bytes, and reads until the connection is closed.
    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::of(&bytes)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }
}

impl Answer {
    pub(crate) fn of(bytes: &[u8]) -> Answer {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, body) =
            text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        assert!(body.is_empty() || body.len() >= length.parse::<usize>().unwrap(), "cut");
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
