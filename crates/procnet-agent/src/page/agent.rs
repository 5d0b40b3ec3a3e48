//! Metrics of the agent itself, and of events.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use super::{Families, Metrics, shown, uploads};
use crate::{
    events::{EventCounts, OfProcess, WAYS},
    otlp::{Exported, ExportedLogs},
    published::{Published, STATUSES},
    store::Status,
};

/// How refreshes ended.
pub(super) const RESULTS: [&str; 4] = ["complete", "incomplete", "deadline", "failed"];

/// What the agent costs, and the events it has counted.
#[derive(Debug)]
pub struct Costs {
    /// Refreshes: complete, incomplete, past the deadline, failed.
    pub refreshes: [u64; RESULTS.len()],
    /// How long the last refresh took, in seconds.
    pub wall: f64,
    /// The CPU time that it took, in seconds.
    pub cpu: f64,
    /// From the begin of the last refresh to that of the next, in seconds.
    pub pause: f64,
    /// The CPU time of the process, in seconds.
    pub cpu_total: f64,
    /// The budget, as a share of one CPU.
    pub budget: f64,
    /// Resident memory in bytes.
    pub resident: u64,
    /// The length of the page before this one.
    pub page: u64,
    /// When the last finished refresh began, in seconds since 1970.
    pub refreshed: f64,
    /// When the agent started, in seconds since 1970.
    pub started: f64,
    /// Where births and ends of sockets come from.
    pub event_source: &'static str,
    /// Births and ends.
    pub events: EventCounts,
    /// What the server counts.
    pub published: Arc<Published>,
    /// What became of requests to a collector, if there is one.
    pub exported: Option<Arc<Exported>>,
    /// What became of log records, if events are sent as such.
    pub logs: Option<Arc<ExportedLogs>>,
    /// What became of looks that are to be written, if they are.
    pub store: Option<Arc<Status>>,
}

impl Metrics for Costs {
    fn encode(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        self.encode_events(families)?;
        self.encode_costs(families)?;
        self.encode_exported(families)?;
        if let Some(store) = &self.store {
            store.encode(families)?;
        }
        if let Some(uploads) = self.published.uploads.get() {
            uploads::encode(uploads, families)?;
        }
        self.encode_served(families)
    }
}

impl Costs {
    fn encode_events(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let events = &self.events;
        families.gauges(
            "procnet_events_source",
            "1, and the source of births and ends of sockets: bpf, sock_diag (ends only, of the agent's own \
             network namespace), or none.",
            [([("source", self.event_source)], 1_u64)],
        )?;
        if self.event_source == "none" {
            return Ok(());
        }
        if self.event_source == "bpf" {
            families.counters(
                "procnet_socket_births",
                "Sockets that began since the agent started, by kind and how: connect, accept, listen.",
                events.births().map(|(kind, way, count)| ([("kind", kind.name()), ("by", way)], count)),
            )?;
        }
        families.counters(
            "procnet_socket_ends",
            "Sockets that ended since the agent started, by kind and how they had begun; unknown if that was \
             before the agent started, or if the source is sock_diag.",
            events.ends().map(|(kind, way, count)| ([("kind", kind.name()), ("by", way)], count)),
        )?;
        if self.event_source == "bpf" {
            self.encode_events_of_processes(families)?;
        }
        families.counter(
            "procnet_ended_sent_bytes",
            "Bytes that TCP connections which have ended had sent, each once.",
            events.sent,
        )?;
        families.counter(
            "procnet_ended_received_bytes",
            "Bytes that TCP connections which have ended had received.",
            events.received,
        )?;
        families.counter(
            "procnet_ended_retransmitted_segments",
            "Segments that TCP connections which have ended had sent again.",
            events.retransmissions,
        )?;
        families.counters(
            "procnet_events_lost",
            "Births and ends that are not counted, as they came faster than they were read; of ends from \
             sock_diag at least that many.",
            [("birth", events.lost_births), ("end", events.lost_ends)]
                .map(|(event, count)| ([("event", event)], count)),
        )?;
        families.counter(
            "procnet_events_undecodable",
            "Events that do not decode.",
            events.undecodable,
        )?;
        families.counter("procnet_events_errors", "Failed reads of events.", events.errors)
    }

    fn encode_events_of_processes(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let events = &self.events;
        let series = |count: fn(OfProcess) -> u64| {
            let all = events.processes.iter();
            all.map(move |(label, counts)| ([("comm", shown(label))], count(counts)))
        };
        families.counters(
            "procnet_process_socket_births",
            "Sockets that began, by the name (comm) of their process. A name keeps its series: the first ones that \
             are seen have one, as many as `top` allows; all others are summed in `other`, and sockets whose process is \
             not known, as those that were accepted, in `none`.",
            series(|counts| counts.births),
        )?;
        families.counters(
            "procnet_process_socket_ends",
            "Sockets that ended, by the name of their process, or of the one that closed them. Series as those of \
             procnet_process_socket_births.",
            series(|counts| counts.ends),
        )?;
        let lifetimes = events.lifetimes.each_ref().map(|of| (of, of.buckets()));
        families.histograms(
            "procnet_socket_lifetime_seconds",
            "How long TCP sockets lived that have ended, by how they had begun; without those that began before the \
             agent started.",
            WAYS.into_iter().zip(&lifetimes).filter(|(_, (of, _))| of.count() > 0).map(
                |(way, (of, buckets))| ([("by", way)], of.sum(), of.count(), &buckets[..]),
            ),
        )
    }

    fn encode_costs(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        families.gauges(
            "procnet_agent_build",
            "1, and the version of the agent.",
            [(version, 1_u64)],
        )?;
        families.counters(
            "procnet_agent_refreshes",
            "Refreshes by result. Those that passed the deadline or failed changed nothing else on this page.",
            RESULTS.into_iter().zip(self.refreshes).map(|(result, count)| ([("result", result)], count)),
        )?;
        for (name, help, value) in [
            ("procnet_agent_refresh_seconds", "How long the last refresh took.", self.wall),
            ("procnet_agent_refresh_cpu_seconds", "The CPU time of the last refresh.", self.cpu),
            (
                "procnet_agent_refresh_interval_seconds",
                "From the begin of the last refresh to that of the next: longer than configured if refreshes \
                 cost more than the budget.",
                self.pause,
            ),
            (
                "procnet_agent_cpu_budget_ratio",
                "The share of the time of one CPU for refreshes and events.",
                self.budget,
            ),
            (
                "procnet_agent_last_refresh_timestamp_seconds",
                "When the refresh began whose counts are shown, in seconds since 1970.",
                self.refreshed,
            ),
            (
                "procnet_agent_start_timestamp_seconds",
                "When the agent started, in seconds since 1970.",
                self.started,
            ),
        ] {
            families.gauge(name, help, value)?;
        }
        families.counter(
            "procnet_agent_cpu_seconds",
            "CPU time of the agent, of all its threads.",
            self.cpu_total,
        )?;
        families.gauge(
            "procnet_agent_resident_memory_bytes",
            "Resident memory of the agent.",
            self.resident,
        )?;
        families.gauge(
            "procnet_agent_page_bytes",
            "The length of the page before this one, as OpenMetrics.",
            self.page,
        )
    }

    fn encode_exported(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let Some(exported) = &self.exported else { return Ok(()) };
        let Exported { accepted, rejected, failed, replaced } = &**exported;
        let results = [
            ("accepted", accepted),
            ("rejected", rejected),
            ("failed", failed),
            ("replaced", replaced),
        ];
        families.counters(
            "procnet_agent_otlp_requests",
            "Requests to the OpenTelemetry collector that it accepted or rejected for good, attempts that \
             failed and are repeated, and requests that a later one replaced.",
            results.map(|(result, count)| ([("result", result)], count.load(Ordering::Relaxed))),
        )?;
        let Some(logs) = &self.logs else { return Ok(()) };
        let results = [
            ("accepted", &logs.accepted),
            ("rejected", &logs.rejected),
            ("over_rate", &logs.over_rate),
            ("no_room", &logs.no_room),
        ];
        families.counters(
            "procnet_agent_otlp_log_records",
            "Events as log records that the OpenTelemetry collector accepted or rejected, and those that were dropped: \
             more than otlp_events_per_second (over_rate), or than may wait for the collector (no_room).",
            results.map(|(result, count)| ([("result", result)], count.load(Ordering::Relaxed))),
        )?;
        families.counter(
            "procnet_agent_otlp_log_failures",
            "Attempts to send log records that failed and are repeated.",
            logs.failed.load(Ordering::Relaxed),
        )
    }

    fn encode_served(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let served = &self.published.served;
        families.counters(
            "procnet_agent_http_answers",
            "Answers by status, when this page was made.",
            STATUSES.into_iter().zip(&served.answers).map(|(status, count)| {
                ([("code", status.to_string())], count.load(Ordering::Relaxed))
            }),
        )?;
        let closed = [
            ("timeout", &served.timeouts),
            ("evicted", &served.evicted),
            ("refused", &served.refused),
        ];
        families.counters(
            "procnet_agent_http_closed",
            "Connections that the agent closed: they took too long (timeout), were idle when another one came \
             (evicted), or came when there was no room (refused).",
            closed.map(|(why, count)| ([("why", why)], count.load(Ordering::Relaxed))),
        )
    }
}
