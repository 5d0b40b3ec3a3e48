//! The thread that asks the kernel.

mod choice;
pub(crate) mod clock;
mod events;
mod export;
mod publish;

use std::{
    fs,
    ops::ControlFlow,
    os::{linux::fs::MetadataExt as _, unix::net::UnixStream},
    sync::{Arc, mpsc::Receiver},
    time::{Duration, Instant},
};

use procnet::{
    Coverage, Error, ErrorKind, Netns, ProcRoot, Query, Scanner, Source,
    details::Details,
    owners::{Budget, OwnerSource},
    privileges,
};
use procnet_arrow::Services;

use self::choice::{Choice, Taken};
use crate::{
    aggregates::Aggregates,
    config::{NamespacesOf, Options, OwnersBy},
    events::{Consumer, EventCounts, EventSource},
    gaps::Gaps,
    log::{self, Level},
    node_exporter,
    otlp::{ExportedLogs, Sender},
    page::{Costs, Counted, Section},
    published::Published,
    schedule::{Outcome, Schedule},
    store::{Clock, Recording},
};

/// What the other thread asks for.
#[derive(Debug)]
pub enum Request {
    /// From now on, these options.
    Reload(Box<Options>),
    /// The end.
    Stop,
}

/// Asks the kernel again and again.
#[derive(Debug)]
pub struct Refresher {
    scanner: Scanner,
    root: ProcRoot,
    options: Options,
    query: Query,
    /// How owners are found.
    choice: Choice,
    schedule: Schedule,
    events: EventSource,
    /// What wants events, beside the counts. Dropped before the store, for which one of them has a last span.
    consumers: Vec<Box<dyn Consumer>>,
    /// What became of those that are sent as log records, if they are.
    logs: Option<Arc<ExportedLogs>>,
    sockets: Section<Counted>,
    agent: Section<Costs>,
    published: Arc<Published>,
    collector: Option<Sender>,
    /// When metrics were last sent to it.
    sent: Option<Instant>,
    rounds: u32,
    store: Option<Recording>,
    /// Whether the refreshes at the start are over, which follow each other at once.
    is_warm: bool,
}

/// What a refresh took, and whether there is an answer.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// The time.
    pub wall: Duration,
    /// The CPU time of this thread.
    pub cpu: Duration,
    /// Whether there is an answer.
    pub outcome: Outcome,
}

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

    /// Refreshes until it is asked to stop. A byte in `wake` means that there is a request.
    pub fn run(mut self, requests: &Receiver<Request>, mut wake: UnixStream) {
        let _ = wake.set_nonblocking(true);
        loop {
            self.read_if_due();
            let begun = Instant::now();
            let spent = self.refresh();
            self.rounds = self.rounds.saturating_add(1);
            if self.rounds == choice::PASSES {
                // BPF programs are loaded.
                privileges::keep_for_refreshes(self.options.namespaces == NamespacesOf::All);
            }
            let warming_up = self.rounds < self.choice.warm_up();
            if !warming_up && !std::mem::replace(&mut self.is_warm, true) {
                // What the start costs is not repeated: loading programs, and the first look at everything.
                self.schedule = Schedule::new(self.options.interval, self.options.cpu_budget);
            }
            let written = self.store.as_mut().map(Recording::cpu).unwrap_or_default();
            let pause = self.schedule.after(spent.wall, spent.cpu + written, spent.outcome);
            let ended = Instant::now();
            let pause = if warming_up { Duration::ZERO } else { self.aligned(ended, pause) };
            let cpu = clock::thread();
            self.publish(begun, spent, pause);
            self.export(begun, spent.outcome);
            self.schedule.spent(Duration::ZERO, clock::thread().saturating_sub(cpu));
            match self.wait(ended + pause, requests, &mut wake) {
                Some(Request::Stop) => {
                    // Whoever wants events gets those that have happened.
                    self.read_events();
                    return;
                }
                Some(Request::Reload(options)) => self.reload(*options),
                None => {}
            }
        }
    }

    /// A pause after which a look begins when it is due.
    fn aligned(&self, now: Instant, pause: Duration) -> Duration {
        let Some(store) = &self.store else { return pause };
        store.begin_of_refresh(now, pause, &self.options).saturating_duration_since(now)
    }

    /// Counts all sockets once.
    pub fn refresh(&mut self) -> Spent {
        let (begun, cpu) = (Instant::now(), clock::thread());
        let mut visited = self.visit(begun);
        if self.is_refused(&visited) {
            self.choice.refuse_bpf();
            if let Err(error) = &visited {
                log::write(
                    Level::Warn,
                    "owners are found by walking /proc",
                    &[("refused", &log::described(error))],
                );
            }
            self.query = query(&self.options, false);
            visited = self.visit(begun);
        }
        let result = match visited {
            Ok(Some(coverage)) => {
                let conntrack = self.scanner.conntrack_counts();
                let denied = |error: &Error| !node_exporter::is_absent(error);
                let mut unread = u64::from(conntrack.as_ref().is_err_and(denied));
                let mut families = Vec::new();
                if self.options.node_exporter_names {
                    let (read, more) = node_exporter::of_files(&mut self.scanner);
                    (families, unread) = (read, unread.max(more));
                }
                let mut counted = self.sockets.value();
                let gaps = Gaps::of(&coverage, &counted.aggregates, unread);
                (counted.gaps, counted.coverage) = (gaps, coverage);
                (counted.conntrack, counted.node_exporter) = (conntrack.ok(), families);
                if gaps.is_none() { 0 } else { 1 }
            }
            Ok(None) => 2,
            Err(error) => {
                log::write(Level::Error, "refresh failed", &[("reason", &log::described(&error))]);
                3
            }
        };
        let spent = Spent {
            wall: begun.elapsed(),
            cpu: clock::thread().saturating_sub(cpu),
            outcome: if result < 2 { Outcome::Finished } else { Outcome::Unfinished },
        };
        if spent.outcome == Outcome::Finished {
            self.choose(spent.cpu);
        }
        let mut costs = self.agent.value();
        costs.refreshes[result] += 1;
        (costs.wall, costs.cpu) = (spent.wall.as_secs_f64(), spent.cpu.as_secs_f64());
        if result == 2 {
            let took = format!("{:.1?}", spent.wall);
            drop(costs);
            log::write(Level::Warn, "refresh passed its deadline", &[("took", &took)]);
        }
        spent
    }

    /// Chooses how owners are found the next time.
    fn choose(&mut self, cpu: Duration) {
        let counted = self.sockets.value();
        let sockets = counted.aggregates.sockets();
        let (whole, cut) = (counted.gaps.has_all_processes(), counted.gaps.has_left_out());
        drop(counted);
        if self.choice.after(Taken { cpu, sockets, whole, cut }) {
            self.query = query(&self.options, self.choice.by_bpf());
        }
    }

    /// `None` if the deadline passed.
    fn visit(&mut self, begun: Instant) -> Result<Option<Coverage>, Error> {
        let Refresher { scanner, root, sockets, query, options, store, .. } = self;
        let mut counted = sockets.value();
        if let Some(store) = store {
            store.begin(begun, options);
        }
        counted.options.clone_from(options);
        let aggregates = &mut counted.aggregates;
        aggregates.begin(options);
        let mut visited = 0_u32;
        let visit = scanner.visit(query, |socket| {
            aggregates.add(socket, root);
            if let Some(store) = store {
                store.push(socket, aggregates, root);
            }
            visited = visited.wrapping_add(1);
            if visited.is_multiple_of(1024) && begun.elapsed() > options.deadline {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        let is_late = matches!(visit, Ok((_, Some(())))) || begun.elapsed() > options.deadline;
        if visit.is_ok() && !is_late {
            counted.aggregates.finish(&self.options);
        }
        drop(counted);
        // One that is refused is made again, and the look goes on.
        if !self.is_refused(&visit) {
            let late = is_late.then_some(self.options.deadline);
            if let Some(store) = &mut self.store {
                store.end(&visit, late);
            }
        }
        let (coverage, _) = visit?;
        Ok((!is_late).then_some(coverage))
    }

    /// Whether owners were asked of BPF, which is not permitted, and can be found otherwise.
    fn is_refused<T>(&self, visited: &Result<T, Error>) -> bool {
        self.choice.has_another_way()
            && visited.as_ref().is_err_and(|error| error.kind() == ErrorKind::NoBpf)
    }

    fn reload(&mut self, options: Options) {
        self.query = query(&options, self.choice.by_bpf());
        self.schedule = Schedule::new(options.interval, options.cpu_budget);
        self.agent.value().events.processes.set_most(options.top);
        if let Some(store) = &mut self.store {
            store.change(&options);
        }
        self.options = options;
    }

    /// What was counted last.
    pub fn counted(&self) -> std::sync::MutexGuard<'_, Counted> {
        self.sockets.value()
    }
}

/// What a refresh asks for.
fn query(options: &Options, by_bpf: bool) -> Query {
    let query = Query::new().kinds(options.kinds).source(Source::Auto);
    let query = match options.namespaces {
        NamespacesOf::All => query.netns(Netns::All),
        NamespacesOf::Own => query,
    };
    // Of unix sockets, the queues of listeners.
    let details =
        if options.tcp_info { Details::TCP_INFO | Details::QUEUE } else { Details::QUEUE };
    let query = query.details(details);
    match options.owners {
        OwnersBy::None => query.owners(false),
        // Rows that are written have the cookies by which they are found among events.
        _ if by_bpf => {
            query.owner_source(OwnerSource::Bpf).one_pass(options.store_directory.is_none())
        }
        _ => query.incremental(Budget::unlimited().time(options.deadline / 2)),
    }
}
