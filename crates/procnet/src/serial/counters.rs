//! Counters of interfaces, protocols and CPUs.

use std::fmt;

use procnet_core::counter::dev;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeStruct as _,
};

use crate::{
    Name,
    counters::{ConntrackStats, IO_COLUMNS, Interface, Protocol, ProtocolCounters, Snmp6Counters},
};

/// As one object: `name`, and the 16 counters as `rx_…` and `tx_…`.
impl Serialize for Interface {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Interface", 17)?;
        out.serialize_field("name", &self.name)?;
        for ((name, _), value) in IO_COLUMNS.into_iter().zip(<[u64; 16]>::from(self.counters)) {
            out.serialize_field(name, &value)?;
        }
        out.end()
    }
}

impl<'de> Deserialize<'de> for Interface {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Interface, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Interface")]
        struct Form {
            name: Name,
            rx_bytes: u64,
            rx_packets: u64,
            rx_errs: u64,
            rx_drop: u64,
            rx_fifo: u64,
            rx_frame: u64,
            rx_compressed: u64,
            rx_multicast: u64,
            tx_bytes: u64,
            tx_packets: u64,
            tx_errs: u64,
            tx_drop: u64,
            tx_fifo: u64,
            tx_colls: u64,
            tx_carrier: u64,
            tx_compressed: u64,
        }
        let form = Form::deserialize(deserializer)?;
        let receive = dev::Receive {
            bytes: form.rx_bytes,
            packets: form.rx_packets,
            errs: form.rx_errs,
            drop: form.rx_drop,
            fifo: form.rx_fifo,
            frame: form.rx_frame,
            compressed: form.rx_compressed,
            multicast: form.rx_multicast,
        };
        let transmit = dev::Transmit {
            bytes: form.tx_bytes,
            packets: form.tx_packets,
            errs: form.tx_errs,
            drop: form.tx_drop,
            fifo: form.tx_fifo,
            colls: form.tx_colls,
            carrier: form.tx_carrier,
            compressed: form.tx_compressed,
        };
        // The index has no key.
        let counters = dev::Counters { receive, transmit };
        Ok(Interface { name: form.name, index: None, counters })
    }
}

/// Counters by name, in the kernel's order.
pub(super) struct Named<'c, V>(pub(super) &'c [(String, V)]);

impl<V: Serialize> Serialize for Named<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// What [`Named`] is deserialized to.
struct OwnedNamed<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for OwnedNamed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(Vec<(String, V)>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = OwnedNamed<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("counters by name")
            }

            fn visit_map<A: MapAccess<'de>>(
                mut self,
                mut map: A,
            ) -> Result<OwnedNamed<V>, A::Error> {
                while let Some(entry) = map.next_entry()? {
                    self.0.push(entry);
                }
                Ok(OwnedNamed(self.0))
            }
        }

        deserializer.deserialize_map(Entries(Vec::new()))
    }
}

/// As one object: `protocol`, and `counters` by name.
impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Protocol", 2)?;
        out.serialize_field("protocol", &self.name)?;
        out.serialize_field("counters", &Named(&self.counters))?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Protocol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Protocol, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Protocol")]
        struct Form {
            protocol: String,
            counters: OwnedNamed<i128>,
        }
        let Form { protocol, counters } = Form::deserialize(deserializer)?;
        Ok(Protocol { name: protocol, counters: counters.0 })
    }
}

/// As a list of protocols.
impl Serialize for ProtocolCounters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.protocols)
    }
}

impl<'de> Deserialize<'de> for ProtocolCounters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let protocols = Vec::deserialize(deserializer)?;
        Ok(ProtocolCounters { protocols, ..ProtocolCounters::default() })
    }
}

/// As one object: the counters by name. Lines that do not decode are left out.
impl Serialize for Snmp6Counters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Named(&self.counters).serialize(serializer)
    }
}

/// As one object: `names`, and `cpus`, a list of values for each CPU.
impl Serialize for ConntrackStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("ConntrackStats", 2)?;
        out.serialize_field("names", &self.names)?;
        out.serialize_field("cpus", &self.cpus)?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for ConntrackStats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "ConntrackStats")]
        struct Form {
            names: Vec<String>,
            cpus: Vec<Vec<u64>>,
        }
        let Form { names, cpus } = Form::deserialize(deserializer)?;
        Ok(ConntrackStats { names, cpus, ..ConntrackStats::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Kind, Kinds, Source,
        counters::{ConntrackCounts, IoCounters},
    };

    fn round_trip<T: Serialize + for<'de> Deserialize<'de>>(value: &T) -> (String, T) {
        let json = serde_json::to_string(value).unwrap();
        let back = serde_json::from_str(&json).unwrap();
        (json, back)
    }

    #[test]
    fn counters_survive_a_round_trip() {
        let file = b"et\xFFh0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 18446744073709551615\n";
        let interface = IoCounters::decode(file).interfaces.remove(0);
        let (json, same) = round_trip(&interface);
        assert_eq!(same, interface);
        assert!(json.starts_with(r#"{"name":"et\\xFFh0","rx_bytes":1,"#), "{json}");

        let counters =
            vec![("MaxConn".to_owned(), -1), ("InSegs".to_owned(), i128::from(u64::MAX))];
        let protocols = ProtocolCounters {
            protocols: vec![Protocol { name: "Tcp".to_owned(), counters }],
            ..ProtocolCounters::default()
        };
        let (json, same) = round_trip(&protocols);
        assert_eq!(same, protocols);
        assert_eq!(
            json,
            r#"[{"protocol":"Tcp","counters":{"MaxConn":-1,"InSegs":18446744073709551615}}]"#
        );

        let stats = ConntrackStats {
            names: vec!["found".to_owned()],
            cpus: vec![vec![7], vec![9]],
            ..ConntrackStats::default()
        };
        assert_eq!(round_trip(&stats).1, stats);
        let tracked = ConntrackCounts { count: 7, max: 9 };
        assert_eq!(round_trip(&tracked), (r#"{"count":7,"max":9}"#.to_owned(), tracked));
    }

    #[test]
    fn kinds_sources_and_names_survive_a_round_trip() {
        for kind in Kind::ALL {
            assert_eq!(round_trip(&kind), (format!("{:?}", kind.name()), kind));
        }
        assert_eq!(round_trip(&Kinds::DEFAULT).1, Kinds::DEFAULT);
        for source in Source::ALL {
            assert_eq!(round_trip(&source).1, source);
        }
        let name = Name::from(&b"a\\b\xFF"[..]);
        assert_eq!(round_trip(&name).1, name);
        assert!(serde_json::from_str::<Kind>("\"quic\"").is_err());
    }
}
