//! Metrics of listeners and their queues.

use std::{fmt, time::SystemTime};

use super::{Counted, Families, shown};
use crate::aggregates::{At, Listener, ListenerCounts};

/// The labels of a series.
type Labels = [(&'static str, String); 4];

impl Counted {
    fn listener_labels(&self, listener: &Listener) -> Labels {
        let Listener { kind, at, comm } = listener;
        let (address, port) = match at {
            At::Address(local) => (shown(local.ip()), shown(local.port())),
            // An empty label is the same as none.
            At::Name(name) => (shown(self.aggregates.unix_names.label(*name)), String::new()),
        };
        let comm = shown(self.aggregates.comms.label(*comm));
        [("kind", shown(kind)), ("address", address), ("port", port), ("comm", comm)]
    }

    pub(super) fn encode_listeners(&self, families: &mut Families<'_, '_>) -> fmt::Result {
        let both = [&self.aggregates.listeners, &self.aggregates.unix_listeners];
        let mut all: Vec<(Labels, ListenerCounts)> = Vec::new();
        let mut other = ListenerCounts::default();
        for listeners in both {
            let (chosen, others) = listeners.chosen();
            all.extend(chosen.iter().map(|(key, counts)| (self.listener_labels(key), *counts)));
            other.add(others);
        }
        let labels = ["kind", "address", "port", "comm"].map(|label| (label, "other".to_owned()));
        all.push((labels, other));
        let series = |value: fn(&ListenerCounts) -> u64| {
            all.iter().map(move |(labels, counts)| (labels.clone(), value(counts)))
        };
        // Where no limit is known, neither is the queue of a unix socket.
        let limited = |value: fn(&ListenerCounts) -> u64| {
            let known =
                all.iter().filter(|(_, counts)| counts.limited > 0 || counts.listeners == 0);
            known.map(move |(labels, counts)| (labels.clone(), value(counts)))
        };
        let bound = "Series as those of procnet_listeners.";
        families.gauges(
            "procnet_listeners",
            &format!(
                "TCP and unix sockets that listen, by address, port and process: {} of TCP and as many unix \
                 sockets, which have no port, at first those with the lowest ports; all others are summed in \
                 `other`. One that has a series keeps it.",
                self.options.listeners
            ),
            series(|counts| counts.listeners),
        )?;
        families.gauges(
            "procnet_listener_queue_connections",
            &format!("Connections waiting to be accepted. {bound}"),
            series(|counts| counts.waiting),
        )?;
        families.gauges(
            "procnet_listener_queue_limit",
            &format!(
                "How many connections may wait, the backlog; without listeners of which that is unknown. {bound}"
            ),
            limited(|counts| counts.limit),
        )?;
        families.gauges(
            "procnet_listeners_full",
            &format!(
                "Listeners whose queue is full: connections are dropped, or those to unix sockets wait. {bound}"
            ),
            series(|counts| counts.full),
        )?;
        families.gauges(
            "procnet_listeners_cut",
            "1 if there are listeners without series of their own, which are summed in `other`: see the \
             option `listeners`.",
            [("tcp", both[0]), ("unix", both[1])]
                .map(|(protocol, listeners)| ([("protocol", protocol)], u64::from(listeners.is_cut()))),
        )?;
        families.gauges(
            "procnet_listeners_chosen_timestamp_seconds",
            "Since when a series of procnet_listeners has ended only if its listener was gone, in seconds \
             since 1970: the start of the agent, or when fewer series were permitted.",
            [("tcp", both[0]), ("unix", both[1])].map(|(protocol, listeners)| {
                let since = listeners.chosen_anew().duration_since(SystemTime::UNIX_EPOCH);
                ([("protocol", protocol)], since.unwrap_or_default().as_secs_f64())
            }),
        )
    }
}
