//! A connection that ended.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use procnet::{Kind, Owners, State, events::EventOwner, netns::Namespace};
use serde::Serialize;

use super::{end_names::EndNames, escaped, event::Ended};
use crate::{
    host_names::HostNames,
    output::{Cells, Column, Header, ITEM_SEPARATOR, Keep, Row, Shape, Style, zeros},
    watch::clock,
};

/// A connection that ended. What is unknown is `None`.
#[derive(Clone, Debug)]
pub(crate) struct LifeRow {
    pub(crate) kind: Kind,
    /// The last state that was seen before it was closed.
    pub(crate) state: Option<State>,
    pub(crate) local: Option<SocketAddr>,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) direction: Option<&'static str>,
    pub(crate) duration: Lasted,
    pub(crate) ended: Ended,
    pub(crate) uid: Option<u32>,
    /// Empty if unknown.
    pub(crate) owners: Vec<LifeOwner>,
    /// If namespaces are printed.
    pub(crate) netns: Option<Namespace>,
    /// The names of both ends, if they are printed.
    pub(crate) names: Option<[Option<Arc<str>>; 2]>,
}

/// How long a connection lasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasted {
    Exactly(Duration),
    /// From when it was first seen.
    AtLeast(Duration),
    /// Of UDP, from when it was first used until its end was reported.
    SinceFirstUse(Duration),
    Unknown,
}

/// A process that held a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LifeOwner {
    pub(crate) pid: u32,
    pub(crate) fd: Option<u32>,
    /// Escaped.
    pub(crate) comm: String,
}

impl LifeOwner {
    pub(crate) fn all(owners: Owners<'_>) -> Vec<LifeOwner> {
        let owners = owners.iter().map(|owner| LifeOwner {
            pid: owner.pid(),
            fd: Some(owner.fd),
            comm: escaped(owner.comm().as_bytes()),
        });
        owners.collect()
    }

    /// That of an event by BPF.
    pub(crate) fn of_event(owner: &EventOwner) -> LifeOwner {
        let comm = escaped(owner.comm.as_bytes());
        LifeOwner { pid: owner.pid.unwrap_or(0), fd: None, comm }
    }
}

/// The object of a connection.
#[derive(Serialize)]
struct Form<'a> {
    time: f64,
    kind: &'static str,
    state: Option<String>,
    local_addr: Option<String>,
    local_port: Option<u16>,
    remote_addr: Option<String>,
    remote_port: Option<u16>,
    direction: Option<&'static str>,
    duration: Option<f64>,
    duration_at_least: Option<f64>,
    duration_since_first_use: Option<f64>,
    bytes_sent: Option<u64>,
    bytes_retrans: Option<u64>,
    bytes_acked: Option<u64>,
    bytes_received: Option<u64>,
    segs_out: Option<u32>,
    segs_in: Option<u32>,
    total_retrans: Option<u32>,
    uid: Option<u32>,
    owners: &'a [LifeOwner],
    #[serde(flatten)]
    names: Option<EndNames>,
    #[serde(skip_serializing_if = "Option::is_none")]
    netns: Option<Option<u64>>,
}

const KEYS: [&str; 20] = [
    "time",
    "kind",
    "state",
    "local_addr",
    "local_port",
    "remote_addr",
    "remote_port",
    "direction",
    "duration",
    "duration_at_least",
    "duration_since_first_use",
    "bytes_sent",
    "bytes_retrans",
    "bytes_acked",
    "bytes_received",
    "segs_out",
    "segs_in",
    "total_retrans",
    "uid",
    "owners",
];

const COLUMNS: [(&str, Shape, Keep); 10] = [
    ("Kind", Shape::Word, Keep::IfRoom),
    ("Process", Shape::List, Keep::Always),
    ("Local Address:Port", Shape::Address, Keep::Always),
    ("Peer Address:Port", Shape::Address, Keep::Always),
    ("Seconds", Shape::Number, Keep::Always),
    ("Sent", Shape::Number, Keep::Always),
    ("Received", Shape::Number, Keep::Always),
    ("Retrans", Shape::Number, Keep::UnlessZero),
    ("State", Shape::Word, Keep::IfRoom),
    ("UTC", Shape::Word, Keep::IfRoom),
];

/// Unknown, for people.
const UNKNOWN: &str = "-";

impl LifeRow {
    pub(crate) fn header(netns: bool, resolved: bool) -> Header {
        let mut keys = KEYS.map(str::to_owned).to_vec();
        if resolved {
            keys.extend(EndNames::KEYS.map(str::to_owned));
        }
        let column = |(title, shape, keep)| {
            let column = Column::new(title, shape, keep);
            match title {
                "Sent" | "Received" => column.styled(zeros),
                "Retrans" => column.styled(retransmissions),
                _ => column,
            }
        };
        let mut columns = COLUMNS.map(column).to_vec();
        if netns {
            keys.push("netns".to_owned());
            columns.insert(1, Column::new("Netns", Shape::Word, Keep::Always));
        }
        Header { keys, columns, vertical: false }
    }

    /// One as wide as most.
    pub(crate) fn typical(netns: bool) -> LifeRow {
        let mut namespace = Namespace::default();
        namespace.inode = Some(4_026_531_840);
        LifeRow {
            kind: Kind::Tcp,
            state: Some(State::ESTABLISHED),
            local: Some(SocketAddr::from(([192, 168, 100, 100], 443))),
            remote: Some(SocketAddr::from(([192, 168, 100, 100], 50_000))),
            direction: None,
            duration: Lasted::Exactly(Duration::from_secs(1000)),
            ended: Ended {
                bytes_sent: Some(1_000_000),
                bytes_received: Some(1_000_000),
                total_retrans: Some(0),
                ..Ended::default()
            },
            uid: None,
            owners: vec![LifeOwner { pid: 12_345, fd: None, comm: "python3".to_owned() }],
            netns: netns.then_some(namespace),
            names: None,
        }
    }

    /// Whether it is of this process alone.
    pub(crate) fn is_of(&self, pid: u32) -> bool {
        !self.owners.is_empty() && self.owners.iter().all(|owner| owner.pid == pid)
    }

    /// The addresses of both ends.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<> {
        [self.local, self.remote].into_iter().flatten().map(|end| end.ip())
    }

    /// Adds the names of both ends, as far as they are known.
    pub(crate) fn resolve(&mut self, names: &HostNames) {
        self.names = Some([self.local, self.remote].map(|end| names.name(end?.ip())));
    }

    fn host_names(&self) -> Option<EndNames> {
        self.names.as_ref().map(EndNames::of)
    }

    /// The processes that held it, each once.
    pub(crate) fn processes(&self) -> impl Iterator<Item = &LifeOwner> {
        // Owners are sorted by pid.
        let repeats = |at: usize, owner: &LifeOwner| {
            at.checked_sub(1).is_some_and(|at| self.owners[at].pid == owner.pid)
        };
        let owners = self.owners.iter().enumerate();
        owners.filter(move |(at, owner)| !repeats(*at, owner)).map(|(_, owner)| owner)
    }

    fn form(&self) -> Form<'_> {
        let address = |end: Option<SocketAddr>| end.map(|end| end.ip().to_string());
        let port = |end: Option<SocketAddr>| end.map(|end| end.port());
        let (duration, at_least, since_first_use) = match self.duration {
            Lasted::Exactly(duration) => (Some(duration), None, None),
            Lasted::AtLeast(duration) => (None, Some(duration), None),
            Lasted::SinceFirstUse(duration) => (None, None, Some(duration)),
            Lasted::Unknown => (None, None, None),
        };
        let Ended {
            time,
            bytes_sent,
            bytes_retrans,
            bytes_acked,
            bytes_received,
            segs_out,
            segs_in,
            total_retrans,
        } = self.ended;
        Form {
            time,
            kind: self.kind.name(),
            state: self.state.map(|state| state.to_string()),
            local_addr: address(self.local),
            local_port: port(self.local),
            remote_addr: address(self.remote),
            remote_port: port(self.remote),
            direction: self.direction,
            duration: duration.map(to_seconds),
            duration_at_least: at_least.map(to_seconds),
            duration_since_first_use: since_first_use.map(to_seconds),
            bytes_sent,
            bytes_retrans,
            bytes_acked,
            bytes_received,
            segs_out,
            segs_in,
            total_retrans,
            uid: self.uid,
            owners: &self.owners,
            names: self.host_names(),
            netns: self.netns.as_ref().map(|netns| netns.inode),
        }
    }
}

/// Seconds, to the microsecond.
pub(super) fn to_seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}

/// Seconds for people, with microseconds if there are few.
pub(super) fn shown(duration: Duration) -> String {
    let decimals = if duration < Duration::from_secs(1) { 6 } else { 3 };
    format!("{:.decimals$}", duration.as_secs_f64())
}

fn retransmissions(text: &str) -> Style {
    match text {
        "0" => Style::Dim,
        UNKNOWN => Style::Plain,
        _ => Style::Yellow,
    }
}

impl Row for LifeRow {
    fn object(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, &self.form())
    }

    fn values(&self, cells: &mut Cells) {
        let form = self.form();
        cells.push(form.time);
        cells.text(form.kind);
        cells.push_option(form.state);
        cells.address(self.local.map(|end| end.ip()));
        cells.integer(form.local_port);
        cells.address(self.remote.map(|end| end.ip()));
        cells.integer(form.remote_port);
        cells.push_option(form.direction);
        cells.push_option(form.duration);
        cells.push_option(form.duration_at_least);
        cells.push_option(form.duration_since_first_use);
        for bytes in [form.bytes_sent, form.bytes_retrans, form.bytes_acked, form.bytes_received] {
            cells.integer(bytes);
        }
        for segments in [form.segs_out, form.segs_in, form.total_retrans, form.uid] {
            cells.integer(segments);
        }
        let owners = self.owners.iter().map(|owner| {
            let fd = owner.fd.map(|fd| fd.to_string()).unwrap_or_default();
            format!("{}/{fd}/{}", owner.pid, owner.comm.replace(';', r"\x3B"))
        });
        cells.text(&owners.collect::<Vec<_>>().join(";"));
        if let Some(names) = form.names {
            names.values(cells);
        }
        if let Some(netns) = form.netns {
            cells.integer(netns);
        }
    }

    fn cells(&self, cells: &mut Cells) {
        let or_unknown = |cells: &mut Cells, text: Option<String>| {
            cells.text(text.as_deref().unwrap_or(UNKNOWN));
        };
        cells.text(self.kind.name());
        if let Some(netns) = &self.netns {
            cells.push(netns);
        }
        let processes = self.processes().map(|owner| format!("{}({})", owner.comm, owner.pid));
        let processes: Vec<String> = processes.collect();
        or_unknown(
            cells,
            (!processes.is_empty()).then(|| processes.join(&ITEM_SEPARATOR.to_string())),
        );
        let [local_name, remote_name] = self.names.clone().unwrap_or_default();
        for (end, name) in [(self.local, local_name), (self.remote, remote_name)] {
            let port = end.map(|end| end.port()).filter(|port| *port != 0);
            match (end, name, port) {
                (Some(_), Some(name), Some(port)) => cells.push(format_args!("{name}:{port}")),
                (Some(_), Some(name), None) => cells.push(format_args!("{name}:*")),
                (Some(end), None, port) => cells.endpoint(end.ip(), port),
                (None, ..) => cells.text(UNKNOWN),
            }
        }
        or_unknown(
            cells,
            match self.duration {
                Lasted::Exactly(duration) => Some(shown(duration)),
                Lasted::AtLeast(duration) => Some(format!("≥{}", shown(duration))),
                Lasted::SinceFirstUse(duration) => Some(format!("~{}", shown(duration))),
                Lasted::Unknown => None,
            },
        );
        let Ended { bytes_sent, bytes_received, total_retrans, .. } = self.ended;
        let retransmissions = total_retrans.map(u64::from);
        for number in [bytes_sent, bytes_received, retransmissions] {
            or_unknown(cells, number.map(|number| number.to_string()));
        }
        or_unknown(cells, self.state.map(|state| state.to_string()));
        cells.push(clock(SystemTime::UNIX_EPOCH + Duration::from_secs_f64(self.ended.time)));
    }
}
