//! The thread that asks the kernel.

mod choice;
pub(crate) mod clock;
mod events;
mod export;
mod look;
mod publish;
mod start;

use std::{
    os::unix::net::UnixStream,
    sync::{Arc, MutexGuard, mpsc::Receiver},
    time::{Duration, Instant},
};

use procnet::{Coverage, Error, ProcRoot, Query, Scanner, privileges};

use self::{
    choice::{Choice, Taken},
    look::query,
};
use crate::{
    config::{NamespacesOf, Options},
    events::{Consumer, EventSource},
    gaps::Gaps,
    log::{self, Level},
    node_exporter,
    otlp::{ExportedLogs, Sender},
    page::{Costs, Counted, Section},
    published::Published,
    schedule::{Outcome, Schedule},
    store::Recording,
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
            Ok(Some(coverage)) => usize::from(!self.count(coverage).is_none()),
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

    /// Keeps what a finished look has counted, with what it could not see and what files of the host report.
    fn count(&mut self, coverage: Coverage) -> Gaps {
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
        gaps
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
    pub fn counted(&self) -> MutexGuard<'_, Counted> {
        self.sockets.value()
    }
}
