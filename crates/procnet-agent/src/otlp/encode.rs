//! A request, encoded.

use std::{collections::BTreeMap, time::SystemTime};

use procnet::Kind;
use serde_json::{Value, json};

use super::{
    connection_state, nanos,
    resource::{attribute, resource},
};
use crate::{
    aggregates::{At, Flow, Label, Names},
    events::EventCounts,
    page::Counted,
};

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u8 = 2;

/// When the numbers are of.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When the agent started to count events.
    pub started: SystemTime,
    /// When the refresh began.
    pub refreshed: SystemTime,
}

/// The attributes of a point, and its value.
type Point = (Vec<(&'static str, String)>, u64);

/// How a metric is aggregated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Gauge,
    /// An `UpDownCounter`.
    UpDown,
    Counter,
}

impl Moment {
    fn metric(self, name: &str, unit: &str, what: &str, kind: Type, points: Vec<Point>) -> Value {
        let points = points.into_iter().map(|(attributes, value)| {
            let attributes: Vec<Value> =
                attributes.iter().map(|(key, value)| attribute(key, value)).collect();
            json!({
                "attributes": attributes,
                "startTimeUnixNano": nanos(self.started).to_string(),
                "timeUnixNano": nanos(self.refreshed).to_string(),
                "asInt": value.to_string(),
            })
        });
        let points: Vec<Value> = points.collect();
        let mut metric = json!({"name": name, "unit": unit, "description": what});
        if kind == Type::Gauge {
            metric["gauge"] = json!({"dataPoints": points});
        } else {
            let monotonic = kind == Type::Counter;
            metric["sum"] = json!({
                "aggregationTemporality": CUMULATIVE, "isMonotonic": monotonic, "dataPoints": points,
            });
        }
        metric
    }
}

/// Encodes what was counted.
#[must_use]
pub fn encode(counted: &Counted, events: &EventCounts, moment: Moment) -> Vec<u8> {
    let aggregates = &counted.aggregates;
    let top = counted.options.top;
    let mut metrics = vec![moment.metric(
        "system.network.connection.count",
        "{connection}",
        "Sockets by transport, and by state for TCP.",
        Type::UpDown,
        connections(counted),
    )];
    let groups: [(&str, &'static str, &str, &Names); 3] = [
        (
            "procnet.process.socket.count",
            "procnet.process.comm",
            "Sockets by the name of their process.",
            &aggregates.comms,
        ),
        (
            "procnet.unit.socket.count",
            "procnet.systemd.unit",
            "Sockets by systemd unit.",
            &aggregates.units,
        ),
        (
            "procnet.container.socket.count",
            "container.id",
            "Sockets by container.",
            &aggregates.containers,
        ),
    ];
    for (name, key, what, names) in groups {
        let all = names.top(top).into_iter().filter(|(label, counts)| {
            // `other` and `none` are of the sum, and are left out if there is nothing in them.
            matches!(label, Label::Name(_)) || counts.sockets > 0
        });
        let points = all.map(|(label, counts)| (vec![(key, label.to_string())], counts.sockets));
        metrics.push(moment.metric(name, "{socket}", what, Type::UpDown, points.collect()));
    }
    let mut full: Vec<Point> = Vec::new();
    let mut other = 0;
    for listeners in [&aggregates.listeners, &aggregates.unix_listeners] {
        let (chosen, others) = listeners.chosen();
        full.extend(chosen.iter().map(|(listener, counts)| {
            // A unix socket has a path in place of an address, and no port.
            let mut attributes = match listener.at {
                At::Address(local) => vec![
                    ("network.local.address", local.ip().to_string()),
                    ("network.local.port", local.port().to_string()),
                ],
                At::Name(name) => {
                    let path = aggregates.unix_names.label(name).to_string();
                    vec![("network.local.address", path)]
                }
            };
            attributes
                .push(("procnet.process.comm", aggregates.comms.label(listener.comm).to_string()));
            (attributes, counts.full)
        }));
        other += others.full;
    }
    full.push((vec![("network.local.address", "other".to_owned())], other));
    let what = "Listeners whose accept queue is full.";
    metrics.push(moment.metric("procnet.listener.full", "{listener}", what, Type::UpDown, full));
    let by = |all: &mut dyn Iterator<Item = (Kind, &'static str, u64)>| {
        let point = |(kind, way, count): (Kind, &str, u64)| {
            (vec![("procnet.kind", kind.to_string()), ("procnet.by", way.to_owned())], count)
        };
        all.map(point).collect::<Vec<Point>>()
    };
    if counted.options.flows > 0 {
        let what = "Sockets by process, network of the peer and port of the service.";
        metrics.push(moment.metric(
            "procnet.flow.socket.count",
            "{socket}",
            what,
            Type::UpDown,
            flows(counted),
        ));
    }
    let (births, ends) = (by(&mut events.births()), by(&mut events.ends()));
    metrics.push(moment.metric(
        "procnet.socket.births",
        "{socket}",
        "Sockets that began.",
        Type::Counter,
        births,
    ));
    metrics.push(moment.metric(
        "procnet.socket.ends",
        "{socket}",
        "Sockets that ended.",
        Type::Counter,
        ends,
    ));
    let gaps =
        counted.gaps.iter().map(|(name, count)| (vec![("procnet.gap", name.to_owned())], count));
    let what = "What the last refresh did not see.";
    metrics.push(moment.metric("procnet.gap", "1", what, Type::Gauge, gaps.collect()));
    let version = env!("CARGO_PKG_VERSION");
    let request = json!({"resourceMetrics": [{
        "resource": resource(),
        "scopeMetrics": [{"scope": {"name": "procnet-agent", "version": version}, "metrics": metrics}],
    }]});
    request.to_string().into_bytes()
}

/// Sockets by flow. `other` is of the sum, and is left out if there is nothing in it.
fn flows(counted: &Counted) -> Vec<Point> {
    let (flows, other) = counted.aggregates.flows.chosen();
    let point = |(flow, sockets): &(Flow, u64)| {
        let mut attributes = vec![
            ("network.transport", flow.protocol.to_owned()),
            ("procnet.flow.direction", flow.direction().to_owned()),
            ("procnet.process.comm", counted.aggregates.comms.label(flow.comm).to_string()),
            ("procnet.flow.peer", flow.peer.to_string()),
        ];
        attributes.extend(flow.port().map(|port| ("server.port", port.to_string())));
        (attributes, *sockets)
    };
    let rest = (other > 0).then(|| (vec![("procnet.process.comm", "other".to_owned())], other));
    flows.iter().map(point).chain(rest).collect()
}

/// Sockets by `network.transport` and `network.connection.state`. What the conventions have no transport for,
/// as raw sockets, is left out.
fn connections(counted: &Counted) -> Vec<Point> {
    let mut counts: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
    for (kind, state, sockets) in counted.aggregates.states() {
        let (transport, state) = match kind {
            Kind::Tcp | Kind::Tcp6 => ("tcp", connection_state(state)),
            Kind::Udp | Kind::Udp6 => ("udp", None),
            Kind::Unix => ("unix", None),
            _ => continue,
        };
        *counts.entry((transport, state)).or_default() += sockets;
    }
    let point = |((transport, state), sockets): ((&str, Option<&str>), u64)| {
        let mut attributes = vec![("network.transport", transport.to_owned())];
        attributes.extend(state.map(|state| ("network.connection.state", state.to_owned())));
        (attributes, sockets)
    };
    counts.into_iter().map(point).collect()
}
