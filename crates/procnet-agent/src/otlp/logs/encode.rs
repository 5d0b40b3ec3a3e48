//! Log records as JSON: `ExportLogsServiceRequest` of opentelemetry-proto.
//!
//! It is written without a tree in between, as there may be thousands a second. Keys and units are those of the
//! semantic conventions (1.44) where they have them. 64-bit integers are strings.

use std::{
    fmt::{self, Display, Write as _},
    net::{IpAddr, SocketAddr},
    time::SystemTime,
};

use procnet::{
    Kind,
    community_id::CommunityId,
    events::{Change, Evidence},
};
use serde_json::Value;

use super::{gap::Gap, record::Record};
use crate::{
    aggregates::Label,
    events::way_name,
    otlp::{connection_state, nanos},
};

/// `SEVERITY_NUMBER_INFO` and `SEVERITY_NUMBER_WARN`.
const INFO: u8 = 9;
const WARN: u8 = 13;

/// Appends a request with these records, with Community IDs of this seed if there is one; and one for what is
/// missing, if anything is.
pub(super) fn encode(
    out: &mut String,
    resource: &Value,
    (records, seed): (&[Record], Option<u16>),
    gap: &Gap,
) {
    let version = env!("CARGO_PKG_VERSION");
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        r#"{{"resourceLogs":[{{"resource":{resource},"scopeLogs":[{{"scope":{{"name":"procnet-agent","version":"{version}"}},"logRecords":["#
    );
    for (at, record) in records.iter().enumerate() {
        let _ = out.write_str(if at > 0 { "," } else { "" });
        let name = match record.change {
            Change::Began => "procnet.socket.birth",
            Change::Ended => "procnet.socket.end",
        };
        log_record(out, name, INFO, (record.time, record.observed), |attributes| {
            of_socket(attributes, record);
            if let Some(id) = seed.and_then(|seed| community_id(record, seed)) {
                attributes.text("network.community_id", id.as_str());
            }
        });
    }
    if let Some((first, last)) = gap.times.filter(|_| !gap.is_none()) {
        let _ = out.write_str(if records.is_empty() { "" } else { "," });
        log_record(out, "procnet.events.dropped", WARN, (last, last), |attributes| {
            attributes.text("procnet.events.dropped.since_unix_nano", nanos(first));
            for (key, count) in gap.iter() {
                attributes.number(key, count);
            }
        });
    }
    out.push_str("]}]}]}");
}

/// The attributes of a socket's event.
fn of_socket(attributes: &mut Attributes<'_>, record: &Record) {
    let transport = match record.kind {
        Kind::Tcp | Kind::Tcp6 => "tcp",
        Kind::Udp | Kind::Udp6 => "udp",
        other => other.name(),
    };
    attributes.text("network.transport", transport);
    if let Some(local) = record.local {
        // IPv4 in IPv6 is IPv4 on the wire.
        let is_ipv4 = local.ip().to_canonical().is_ipv4()
            && record.peer.is_none_or(|peer| peer.ip().to_canonical().is_ipv4());
        attributes.text("network.type", if is_ipv4 { "ipv4" } else { "ipv6" });
        attributes.end(("network.local.address", "network.local.port"), local);
    }
    if let Some(peer) = record.peer {
        attributes.end(("network.peer.address", "network.peer.port"), peer);
    }
    if let Some(state) = connection_state(record.state).filter(|_| record.kind.is_tcp()) {
        attributes.text("network.connection.state", state);
    }
    attributes.text("procnet.by", way_name(record.direction));
    if let Some(process) = &record.process {
        if let Some(pid) = process.pid {
            attributes.number("process.pid", u64::from(pid));
        }
        attributes.text("procnet.process.comm", Label::Name(process.comm()));
        let evidence = match process.evidence {
            Evidence::Connect => "connect",
            Evidence::Listen => "listen",
            Evidence::Use => "use",
            Evidence::Close => "close",
            _ => "unknown",
        };
        attributes.text("procnet.process.evidence", evidence);
    }
    let numbers = [
        ("procnet.netns", record.netns),
        ("procnet.socket.cookie", record.cookie),
        ("procnet.socket.uid", record.uid.map(u64::from)),
        ("procnet.socket.sent_bytes", record.moved.map(|moved| moved.sent)),
        ("procnet.socket.received_bytes", record.moved.map(|moved| moved.received)),
        (
            "procnet.socket.retransmitted_segments",
            record.moved.map(|moved| u64::from(moved.retransmissions)),
        ),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            attributes.number(key, number);
        }
    }
    if let Some(duration) = record.duration {
        attributes.seconds("procnet.socket.duration", duration.as_secs_f64());
    }
}

/// The name is that of the Elastic Common Schema: the semantic conventions have none.
fn community_id(record: &Record, seed: u16) -> Option<CommunityId> {
    let (local, peer) = record.local.zip(record.peer)?;
    CommunityId::of(record.kind, local, peer, seed)
}

fn log_record(
    out: &mut String,
    name: &str,
    severity: u8,
    (time, observed): (SystemTime, SystemTime),
    fill: impl FnOnce(&mut Attributes<'_>),
) {
    let text = if severity == INFO { "INFO" } else { "WARN" };
    let (time, observed) = (nanos(time), nanos(observed));
    let _ = write!(
        out,
        r#"{{"timeUnixNano":"{time}","observedTimeUnixNano":"{observed}","severityNumber":{severity},"severityText":"{text}","eventName":"{name}","attributes":["#
    );
    let mut attributes = Attributes { out, is_first: true };
    // For whatever does not know the field.
    attributes.text("event.name", name);
    fill(&mut attributes);
    out.push_str("]}");
}

/// Appends attributes. Keys are plain text.
struct Attributes<'o> {
    out: &'o mut String,
    is_first: bool,
}

impl Attributes<'_> {
    fn begin(&mut self, key: &str) {
        let comma = if std::mem::take(&mut self.is_first) { "" } else { "," };
        let _ = write!(self.out, r#"{comma}{{"key":"{key}","value":{{"#);
    }

    fn text(&mut self, key: &str, value: impl Display) {
        self.begin(key);
        self.out.push_str(r#""stringValue":""#);
        let _ = write!(Quoted(self.out), "{value}");
        self.out.push_str(r#""}}"#);
    }

    /// What does not fit into a signed integer, as OTLP has them, is left out; nothing of a socket is that large.
    fn number(&mut self, key: &str, value: u64) {
        if let Ok(value) = i64::try_from(value) {
            self.begin(key);
            let _ = write!(self.out, r#""intValue":"{value}"}}}}"#);
        }
    }

    fn seconds(&mut self, key: &str, value: f64) {
        self.begin(key);
        let _ = write!(self.out, r#""doubleValue":{value:.9}}}}}"#);
    }

    fn end(&mut self, (address, port): (&str, &str), end: SocketAddr) {
        match end.ip() {
            IpAddr::V6(ip) => self.text(address, ip),
            IpAddr::V4(ip) => self.text(address, ip),
        }
        self.number(port, u64::from(end.port()));
    }
}

/// Text inside quotes. Names have been escaped: there are no control characters left.
struct Quoted<'o>(&'o mut String);

impl fmt::Write for Quoted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '"' | '\\' => self.0.extend(['\\', character]),
                '\0'..='\x1F' => write!(self.0, "\\u{:04x}", u32::from(character))?,
                _ => self.0.push(character),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_text_has_it_is_one_string_of_json() {
        let mut out = String::from("\"");
        let text = "a\"\\\n\u{1f}\u{7f}ä\u{1F600}";
        write!(Quoted(&mut out), "{text}").unwrap();
        out.push('"');
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn a_gap_alone_is_a_request() {
        let mut out = String::new();
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(5);
        let gap = Gap { over_rate: 3, lost: 2, ..Gap::default() }.at(at);
        encode(&mut out, &serde_json::json!({}), (&[], None), &gap);
        let request: Value = serde_json::from_str(&out).unwrap();
        let record = &request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert_eq!(record["eventName"], "procnet.events.dropped");
        assert_eq!(record["timeUnixNano"], "5000000000");
        let attributes = record["attributes"].as_array().unwrap();
        let of = |key: &str| {
            let found = attributes.iter().find(|attribute| attribute["key"] == key).unwrap();
            found["value"]["intValue"].as_str().unwrap().to_owned()
        };
        assert_eq!(of("procnet.events.dropped.over_rate"), "3");
        assert_eq!(of("procnet.events.dropped.lost"), "2");
    }
}
