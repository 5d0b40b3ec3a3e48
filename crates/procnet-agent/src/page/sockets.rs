//! Metrics of sockets.

use std::fmt;

use procnet::{Coverage, Kind, counters::ConntrackCounts};

use super::{Families, Metrics, groups::Group, shown};
use crate::{
    aggregates::Aggregates,
    config::Options,
    gaps::{self, Gaps},
    node_exporter::{Family, Type, of_sockets},
};

/// What a finished refresh has counted.
#[derive(Debug)]
pub struct Counted {
    /// The counts.
    pub aggregates: Aggregates,
    /// What they cover.
    pub coverage: Coverage,
    /// What was not seen.
    pub gaps: Gaps,
    /// Connection tracking, if it is loaded.
    pub conntrack: Option<ConntrackCounts>,
    /// The metrics of node_exporter that come from files.
    pub node_exporter: Vec<Family>,
    /// The options with which it was counted.
    pub options: Options,
}

impl Metrics for Counted {
    fn encode(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        self.encode_counts(families)?;
        self.encode_groups(families)?;
        self.encode_flows(families)?;
        self.encode_listeners(families)?;
        self.encode_tcp(families)?;
        self.encode_coverage(families)?;
        if self.options.node_exporter_names {
            let of_sockets = of_sockets(&self.aggregates.own);
            self.node_exporter
                .iter()
                .chain(&of_sockets)
                .try_for_each(|family| encode(family, families))?;
        }
        Ok(())
    }
}

impl Counted {
    fn encode_counts(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let aggregates = &self.aggregates;
        families.gauges(
            "procnet_sockets",
            "Sockets by kind and state, which are named as in the kernel.",
            aggregates.states().map(|(kind, state, sockets)| {
                ([("kind", shown(kind)), ("state", shown(state))], sockets)
            }),
        )?;
        let with_addresses = || {
            Kind::ALL.into_iter().enumerate().filter(|(_, kind)| {
                self.options.kinds.contains(*kind) && kind.family() != Kind::Unix.family()
            })
        };
        families.gauges(
            "procnet_queue_bytes",
            "Bytes waiting to be read, and to be sent or acknowledged, by kind, without listeners.",
            with_addresses().flat_map(|(at, kind)| {
                let queues = aggregates.queues[at];
                [("receive", queues.receive), ("send", queues.send)]
                    .map(|(queue, bytes)| ([("kind", kind.name()), ("queue", queue)], bytes))
            }),
        )?;
        families.gauges(
            "procnet_dropped_packets",
            "Packets dropped since they were created by the sockets that exist now, mostly as their receive \
             buffer was full. Not a counter: it falls as sockets are closed.",
            with_addresses()
                .filter(|(_, kind)| kind.has_drops())
                .map(|(at, kind)| ([("kind", kind.name())], aggregates.drops[at])),
        )?;
        families.gauge(
            "procnet_without_inode_sockets",
            "Sockets without a file, which nobody can hold: TIME_WAIT, connections not accepted yet, orphans.",
            aggregates.without_inode,
        )
    }

    fn encode_groups(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let Counted { aggregates, options, .. } = self;
        let top = options.top;
        Group {
            word: "process",
            label: "comm",
            what: "the name (comm) of the process that holds it, the first to start if several do",
            names: &aggregates.comms,
        }
        .encode(top, families)?;
        if options.units {
            let of_process = [
                ("unit", "the systemd unit of that process", &aggregates.units),
                ("container", "the container of that process", &aggregates.containers),
            ];
            for (word, what, names) in of_process {
                Group { word, label: word, what, names }.encode(top, families)?;
            }
        }
        let mut ports = Vec::new();
        for (protocol, counts) in [("tcp", &aggregates.tcp_ports), ("udp", &aggregates.udp_ports)] {
            let (named, other) = counts.top(top);
            let named = named.into_iter().map(|(port, sockets)| (port.to_string(), sockets));
            let all = named.chain([("other".to_owned(), other)]);
            ports.extend(all.map(|(port, sockets)| {
                ([("protocol", protocol.to_owned()), ("port", port)], sockets)
            }));
        }
        families.gauges(
            "procnet_port_sockets",
            &format!(
                "Sockets by local port, listeners and connections: the {top} ports of each protocol on which \
                 a socket waits for others and which have the most sockets; all others are summed in `other`."
            ),
            ports,
        )?;
        let (peers, other, none) = aggregates.peers.top(top);
        let peers = peers.into_iter().map(|(prefix, sockets)| (shown(prefix), sockets));
        let peers = peers.chain([("other".to_owned(), other), ("none".to_owned(), none)]);
        families.gauges(
            "procnet_peer_sockets",
            &format!(
                "Sockets with addresses by the network of the peer, of {} bits, or {} of IPv6: the {top} with \
                 the most sockets; all others are summed in `other`, and sockets without a peer in `none`.",
                options.prefix_ipv4, options.prefix_ipv6
            ),
            peers.map(|(prefix, sockets)| ([("prefix", prefix)], sockets)),
        )
    }

    fn encode_tcp(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let aggregates = &self.aggregates;
        families.gauge(
            "procnet_retransmitting_sockets",
            "TCP sockets that have sent something again, and wait for its acknowledgement.",
            aggregates.retransmitting,
        )?;
        if self.options.tcp_info {
            families.gauge(
                "procnet_tcp_retransmitted_segments",
                "Segments that the connections which exist now have sent again. Not a counter: it falls as \
                 they are closed; node_netstat_Tcp_RetransSegs is one.",
                aggregates.retransmissions,
            )?;
            let rtt = &aggregates.rtt;
            let percentiles = [("50", 0.5), ("90", 0.9), ("99", 0.99), ("100", 1.0)];
            families.gauges(
                "procnet_tcp_rtt_seconds",
                "Percentiles of the smoothed round-trip times of TCP connections, at most 1/16 too large.",
                percentiles.into_iter().filter_map(|(name, share)| {
                    let time = f64::from(rtt.quantile(share)?) / 1e6;
                    Some(([("percentile", name)], time))
                }),
            )?;
            families.gauge(
                "procnet_tcp_rtt_sockets",
                "TCP connections whose round-trip time is measured.",
                rtt.count(),
            )?;
        }
        let Some(conntrack) = &self.conntrack else { return Ok(()) };
        families.gauge(
            "procnet_conntrack_entries",
            "Connections tracked in the agent's network namespace.",
            conntrack.count,
        )?;
        families.gauge(
            "procnet_conntrack_entries_limit",
            "The most connections that may be tracked on the host.",
            conntrack.max,
        )
    }

    fn encode_coverage(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let Counted { coverage, gaps, .. } = self;
        families.gauge(
            "procnet_complete",
            "1 if the last refresh saw everything, else 0: see procnet_gap.",
            u64::from(gaps.is_none()),
        )?;
        let names: Vec<String> =
            gaps::NAMES.iter().map(|(name, what)| format!("{name}: {what}")).collect();
        families.gauges(
            "procnet_gap",
            &format!("What the last refresh did not see. {}.", names.join("; ")),
            gaps.iter().map(|(name, count)| ([("gap", name)], count)),
        )?;
        let sources = coverage.sources.iter().flat_map(|(source, kinds)| {
            let labels = move |kind: Kind| [("kind", kind.name()), ("source", source.name())];
            kinds.iter().map(move |kind| (labels(kind), 1_u64))
        });
        families.gauges(
            "procnet_source",
            "1 for each kind, and the source that reported it.",
            sources,
        )?;
        families.gauge(
            "procnet_owners_by_bpf",
            "1 if owners were found by a BPF iterator, else 0.",
            u64::from(coverage.processes.as_ref().is_some_and(|processes| processes.by_bpf)),
        )?;
        families.gauge(
            "procnet_namespaces",
            "Network namespaces whose sockets were counted.",
            coverage.namespaces.visited,
        )?;
        families.gauge(
            "procnet_ownerless_sockets",
            "Sockets with an inode and without a visible owner: of the kernel, in a message, or of a process \
             that may not be examined.",
            coverage.ownerless,
        )
    }
}

fn encode(family: &Family, families: &mut Families<'_, '_>) -> fmt::Result {
    let Family { name, help, kind, series } = family;
    let series = series.iter().map(|(labels, value)| (labels.clone(), *value));
    match kind {
        Type::Gauge => families.gauges(name, help, series),
        Type::Counter => families.counters(name, help, series),
        Type::Unknown => families.unknown(name, help, series),
    }
}
