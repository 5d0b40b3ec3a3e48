//! Our counters, in the forms of peers.

use std::{
    fmt::Debug,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    thread,
    time::Duration,
};

use procnet::{
    Error, Scanner, Source,
    conntrack::ConntrackQuery,
    counters::{ConntrackCounts, ConntrackStats, IoCounters, Protocol},
    decode::counter::dev,
};
use serde_json::Value;

/// The counters of the library.
#[derive(Debug)]
pub(crate) struct Ours {
    io: IoCounters,
    pub(crate) protocols: Vec<Protocol>,
    pub(crate) filter: Result<ConntrackCounts, Error>,
    pub(crate) conntrack: Result<ConntrackStats, Error>,
}

impl Ours {
    fn new() -> Ours {
        let mut scanner = Scanner::new().unwrap();
        Ours {
            io: scanner.io_counters().unwrap(),
            protocols: scanner.protocol_counters(&[]).unwrap().protocols,
            filter: scanner.conntrack_counts(),
            // gopsutil reads the file, which has more columns.
            conntrack: scanner.conntrack_stats_of(&ConntrackQuery::new().source(Source::Procfs)),
        }
    }

    pub(crate) fn interfaces(&self) -> Vec<String> {
        self.io.interfaces.iter().map(|interface| interface.name.to_string()).collect()
    }

    fn of(&self, name: Option<&str>) -> dev::Counters {
        self.io.total(|interface| name.is_none_or(|name| interface.name == name))
    }

    /// Bytes, packets, errors and drops, received and sent, of one interface or of all.
    pub(crate) fn eight(&self, name: Option<&str>) -> [u64; 8] {
        let dev::Counters { receive, transmit, .. } = self.of(name);
        [
            receive.bytes,
            receive.packets,
            receive.errs,
            receive.drop,
            transmit.bytes,
            transmit.packets,
            transmit.errs,
            transmit.drop,
        ]
    }

    pub(crate) fn fifos(&self, name: &str) -> [u64; 2] {
        let dev::Counters { receive, transmit, .. } = self.of(Some(name));
        [receive.fifo, transmit.fifo]
    }
}

/// Sends packets of every protocol with counters of its own, to and from this host.
pub(crate) fn traffic() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut served, _) = listener.accept().unwrap();
    client.write_all(&[7; 10_000]).unwrap();
    served.read_exact(&mut [0; 10_000]).unwrap();
    // There is no such port, which an ICMP message reports.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _message in 0..3 {
        let _ = socket.send_to(b"is there anybody", "127.0.0.1:9");
    }
}

/// Compares until the counters do not change.
pub(crate) fn agree(ask: impl Fn() -> Value, compare: impl Fn(&Ours, &Value) -> String) {
    let mut found = String::new();
    for _attempt in 0..50 {
        let before = Ours::new();
        let said = ask();
        let after = Ours::new();
        found = match format!("{before:?}") == format!("{after:?}") {
            true => compare(&before, &said),
            false => "counters changed meanwhile".to_owned(),
        };
        if found.is_empty() {
            assert!(before.eight(None).iter().sum::<u64>() > 20_000, "no traffic: {before:?}");
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{found}");
}

/// A message if two values differ.
pub(crate) fn difference<A: Debug + PartialEq<B> + ?Sized, B: Debug + ?Sized>(
    what: &str,
    ours: &A,
    theirs: &B,
) -> String {
    if ours == theirs { String::new() } else { format!("{what}: {ours:?}, not {theirs:?}\n") }
}
