//! What there is before the first look.

use std::{fs, os::linux::fs::MetadataExt as _, sync::Arc};

use procnet::{Coverage, Error, ProcRoot, Scanner};
use procnet_arrow::Services;

use super::{Refresher, choice::Choice, clock, export, look::query};
use crate::{
    aggregates::Aggregates,
    config::Options,
    events::{EventCounts, EventSource},
    gaps::Gaps,
    log::{self, Level},
    page::{Costs, Counted, Section},
    published::Published,
    schedule::Schedule,
    store::{Clock, Recording},
};

impl Refresher {
    /// Subscribes to events. What cannot be had is logged.
    ///
    /// # Errors
    ///
    /// If there is no /proc.
    pub fn new(options: Options, published: Arc<Published>) -> Result<Refresher, Error> {
        Refresher::with_clock(options, published, || (procnet_arrow::now(), clock::boot()))
    }

    /// The same with a clock for the rows that are written.
    ///
    /// # Errors
    ///
    /// If there is no /proc.
    pub fn with_clock(
        options: Options,
        published: Arc<Published>,
        clock: Clock,
    ) -> Result<Refresher, Error> {
        // One thread: it is the only one with capabilities, and what it takes is what is budgeted.
        let mut scanner = Scanner::new()?.threads(1);
        let root = ProcRoot::from_env()?;
        let (events, refused) = EventSource::open(&mut scanner, &options);
        if let Some(error) = refused {
            let source = events.name();
            log::write(
                Level::Warn,
                "births and ends of sockets",
                &[("source", &source), ("refused", &log::described(&error))],
            );
        }
        let export::Exports { collector, mut consumers, logs } = export::start(&options);
        let store = Recording::start(&options, &root, clock).unwrap_or_else(|error| {
            log::write(Level::Error, "no Parquet is written", &[("reason", &error)]);
            None
        });
        consumers.extend(export::to_store(store.as_ref(), &events, &root, &options));
        let own_netns = fs::metadata("/proc/self/ns/net").map(|netns| netns.st_ino()).ok();
        let mut counts = EventCounts::default();
        counts.processes.set_most(options.top);
        let costs = Costs {
            refreshes: [0; 4],
            wall: 0.0,
            cpu: 0.0,
            pause: 0.0,
            cpu_total: 0.0,
            budget: options.cpu_budget,
            resident: 0,
            page: 0,
            refreshed: 0.0,
            started: clock::unix(),
            event_source: events.name(),
            events: counts,
            published: Arc::clone(&published),
            exported: collector.as_ref().map(|collector| Arc::clone(&collector.exported)),
            logs: logs.clone(),
            store: store.as_ref().map(Recording::status),
        };
        let counted = Counted {
            aggregates: Aggregates::new(own_netns, Services::of(&root)),
            coverage: Coverage::default(),
            gaps: Gaps::default(),
            conntrack: None,
            node_exporter: Vec::new(),
            options: options.clone(),
        };
        let choice = Choice::new(options.owners);
        Ok(Refresher {
            scanner,
            root,
            query: query(&options, choice.by_bpf()),
            choice,
            schedule: Schedule::new(options.interval, options.cpu_budget),
            events,
            consumers,
            logs,
            sockets: Section::new(counted),
            agent: Section::new(costs),
            published,
            collector,
            sent: None,
            rounds: 0,
            store,
            is_warm: false,
            options,
        })
    }
}
