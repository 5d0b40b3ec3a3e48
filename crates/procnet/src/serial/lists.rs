//! Lists of counters, rates and summaries. Lines that do not decode are left out: the field
//! `undecodable` of each type has them.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeStruct as _},
};

use super::{Shown, counters::Named};
use crate::{
    counters::{
        InterfaceSnmp6, InterfacesSnmp6, IoCounters, Protocols, RegisteredProtocol, SocketCounts,
        SoftnetCpu, SoftnetStats,
    },
    rates::{CounterRate, NoRate, Rate},
    summary::{Histogram, Summary},
};

/// As a list of interfaces.
impl Serialize for IoCounters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.interfaces)
    }
}

/// As a list of interfaces.
impl Serialize for InterfacesSnmp6 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.interfaces)
    }
}

/// As one object: `name`, `index`, and `counters` by name.
impl Serialize for InterfaceSnmp6 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("InterfaceSnmp6", 3)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("index", &self.index)?;
        out.serialize_field("counters", &self.ipv6)?;
        out.end()
    }
}

/// As a list of protocols.
impl Serialize for SocketCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.protocols)
    }
}

/// As a list of CPUs.
impl Serialize for SoftnetStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.cpus)
    }
}

/// As one object: `cpu`, and the columns by name.
impl Serialize for SoftnetCpu {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_map(Some(self.columns.len() + 1))?;
        out.serialize_entry("cpu", &self.cpu)?;
        for (name, value) in &self.columns {
            out.serialize_entry(name, value)?;
        }
        out.end()
    }
}

/// As a list of protocols.
impl Serialize for Protocols {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.protocols)
    }
}

/// As one object: the fields by name, but `protocol` for the name, and `methods` as an object of
/// booleans.
impl Serialize for RegisteredProtocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("RegisteredProtocol", 9)?;
        out.serialize_field("protocol", &self.name)?;
        out.serialize_field("size", &self.size)?;
        out.serialize_field("sockets", &self.sockets)?;
        out.serialize_field("memory", &self.memory)?;
        out.serialize_field("pressure", &self.pressure)?;
        out.serialize_field("max_header", &self.max_header)?;
        out.serialize_field("slab", &self.slab)?;
        out.serialize_field("module", &self.module)?;
        out.serialize_field("methods", &Named(&self.methods))?;
        out.end()
    }
}

/// As text, as `Display` writes it.
impl Serialize for NoRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown(self).serialize(serializer)
    }
}

/// As one object: `name`, `unit`, `value`, `per_second` and `unknown`, why the rate is null. Both are
/// null for a gauge.
impl Serialize for CounterRate<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unknown = match self.rate {
            Rate::Unknown(why) => Some(why),
            Rate::PerSecond(_) | Rate::Gauge(_) => None,
        };
        let mut out = serializer.serialize_struct("CounterRate", 5)?;
        out.serialize_field("name", self.name)?;
        out.serialize_field("unit", self.meaning.unit.name())?;
        out.serialize_field("value", &self.value)?;
        out.serialize_field("per_second", &self.rate.per_second())?;
        out.serialize_field("unknown", &unknown)?;
        out.end()
    }
}

/// As a list of objects: `from`, `to` and `sockets`.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Class {
            from: u32,
            to: u32,
            sockets: u64,
        }
        serializer.collect_seq(self.classes().map(|(from, to, sockets)| Class {
            from,
            to,
            sockets,
        }))
    }
}

/// As one object: `sockets`, `states`, `ports`, `users`, `other_users`, `receive_queues` and
/// `send_queues`.
impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct OfState {
            kind: crate::Kind,
            state: crate::State,
            sockets: u64,
        }
        #[derive(Serialize)]
        struct OfPort {
            port: u16,
            sockets: u64,
        }
        #[derive(Serialize)]
        struct OfUser {
            uid: u32,
            sockets: u64,
        }
        let states = self.states().map(|(kind, state, sockets)| OfState { kind, state, sockets });
        let ports = self.ports().map(|(port, sockets)| OfPort { port, sockets });
        let users = self.users().map(|(uid, sockets)| OfUser { uid, sockets });
        let mut out = serializer.serialize_struct("Summary", 7)?;
        out.serialize_field("sockets", &self.sockets())?;
        out.serialize_field("states", &states.collect::<Vec<_>>())?;
        out.serialize_field("ports", &ports.collect::<Vec<_>>())?;
        out.serialize_field("users", &users.collect::<Vec<_>>())?;
        out.serialize_field("other_users", &self.other_users())?;
        out.serialize_field("receive_queues", self.receive_queues())?;
        out.serialize_field("send_queues", self.send_queues())?;
        out.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{json, to_value};

    use super::*;
    use crate::{Query, Scanner, counters::Snmp6Counters};

    #[test]
    fn lists_are_arrays_of_their_rows() {
        let counters = |bytes: u64| {
            IoCounters::decode(format!("lo: {bytes} 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0").as_bytes())
        };
        assert_eq!(to_value(counters(7)).unwrap()[0]["rx_bytes"], json!(7));
        let (before, after) = (counters(7), counters(27));
        let lo = after.rates(&before, Duration::from_secs(2)).next().unwrap();
        let rate = json!({
            "name": "rx_bytes", "unit": "bytes", "value": 27, "per_second": 10.0, "unknown": null,
        });
        assert_eq!(to_value(lo.iter().next().unwrap()).unwrap(), rate);
        let lo = after.rates(&before, Duration::ZERO).next().unwrap();
        let rate = to_value(lo.iter().next().unwrap()).unwrap();
        assert_eq!(
            (&rate["per_second"], &rate["unknown"]),
            (&json!(null), &json!("no time between"))
        );

        let stats = SoftnetStats::decode(
            b"0000000a 00000000 00000002 00000000 00000000 00000000 00000000 00000000 00000000\n",
        );
        let cpu = &to_value(stats).unwrap()[0];
        assert_eq!((&cpu["cpu"], &cpu["processed"]), (&json!(null), &json!(10)));
        let counts = SocketCounts::decode(b"TCP: inuse 5 mem 1\n");
        let expected = json!([{"protocol": "TCP", "counters": {"inuse": 5, "mem": 1}}]);
        assert_eq!(to_value(counts).unwrap(), expected);
        let ipv6 = Snmp6Counters::decode(b"Ip6InReceives 7\n");
        assert_eq!(to_value(ipv6).unwrap(), json!({"Ip6InReceives": 7}));
    }

    #[test]
    fn a_summary_has_its_counts() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut summary = Summary::default();
        let query = Query::new().kinds(crate::Kinds::TCP4).local_port(port);
        Scanner::new().unwrap().summarize(&query, &mut summary).unwrap();
        let value = to_value(summary).unwrap();
        let listening = json!({"kind": "tcp", "state": "LISTEN", "sockets": 1});
        assert_eq!(value["states"], json!([listening]));
        assert_eq!(value["ports"], json!([{"port": port, "sockets": 1}]));
        assert_eq!(value["receive_queues"], json!([{"from": 0, "to": 0, "sockets": 1}]));
    }
}
