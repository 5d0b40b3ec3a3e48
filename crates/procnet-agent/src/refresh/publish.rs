//! What becomes of what was counted: the page, and a request for a collector.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{Refresher, Spent, clock};
use crate::{
    otlp::{self, Moment},
    page,
    published::Pages,
    schedule::Outcome,
    store::{Recording, Status},
};

impl Refresher {
    /// Encodes what was counted, unless the refresh was not finished, and publishes it.
    pub fn publish(&mut self, begun: Instant, spent: Spent, pause: Duration) {
        let finished = spent.outcome == Outcome::Finished;
        if finished {
            self.sockets.encode();
        }
        let before = self.published.pages();
        let interval = spent.wall + pause;
        {
            let mut costs = self.agent.value();
            costs.pause = interval.as_secs_f64();
            costs.cpu_total = clock::process().as_secs_f64();
            costs.resident = clock::resident();
            costs.page = before.openmetrics.bytes().len() as u64;
            costs.budget = self.options.cpu_budget;
            if finished {
                costs.refreshed = clock::unix() - begun.elapsed().as_secs_f64();
            }
        }
        self.agent.encode();
        let (openmetrics, text) = page::join(self.sockets.texts(), self.agent.texts());
        let counted = self.sockets.value();
        let (complete, gaps) = if finished {
            let named = counted.gaps.iter().filter(|(_, count)| *count > 0);
            (counted.gaps.is_none(), named.map(|(name, _)| name).collect())
        } else {
            (before.complete, before.gaps)
        };
        let refreshed = if finished { Some(begun) } else { before.refreshed };
        // Beyond what the schedule itself does.
        let stale_after = interval.max(self.options.interval) * 3 + self.options.deadline;
        let store = self.store();
        let pages = Pages { openmetrics, text, refreshed, complete, gaps, stale_after, store };
        self.published.publish(pages);
    }

    /// What became of looks that are to be written, if they are.
    #[must_use]
    pub fn store(&self) -> Option<Arc<Status>> {
        self.store.as_ref().map(Recording::status)
    }

    /// Leaves what was counted to the thread that sends it, if that is due.
    pub(super) fn export(&mut self, begun: Instant, outcome: Outcome) {
        let Some(collector) = &self.collector else { return };
        let is_due = self.sent.is_none_or(|sent| begun - sent >= self.options.otlp_interval);
        if outcome == Outcome::Unfinished || !is_due {
            return;
        }
        self.sent = Some(begun);
        let costs = self.agent.value();
        let since =
            |seconds: f64| SystemTime::UNIX_EPOCH + Duration::from_secs_f64(seconds.max(0.0));
        let moment = Moment { started: since(costs.started), refreshed: since(costs.refreshed) };
        collector.send(otlp::encode(&self.sockets.value(), &costs.events, moment));
    }
}
