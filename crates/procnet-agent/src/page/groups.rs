//! Metrics of sockets by what they belong to: process, unit, container.

use std::fmt;

use super::{Families, shown};
use crate::aggregates::Names;

/// A grouping of sockets.
pub(super) struct Group<'a> {
    /// The word in the names of metrics.
    pub(super) word: &'static str,
    /// The label.
    pub(super) label: &'static str,
    /// What it is, in a sentence.
    pub(super) what: &'static str,
    pub(super) names: &'a Names,
}

impl Group<'_> {
    pub(super) fn encode(&self, top: usize, families: &mut Families<'_, '_>) -> fmt::Result {
        let Group { word, label, what, names } = self;
        let top_names = names.top(top);
        let once = format!(
            "Each socket is counted once: the {top} with the most sockets have series of their own, all others \
             are summed in `other`, and sockets without any in `none`"
        );
        let labelled: Vec<_> =
            top_names.iter().map(|(name, counts)| (shown(name), counts)).collect();
        families.gauges(
            &format!("procnet_{word}_sockets"),
            &format!("Sockets by {what}. {once}."),
            labelled.iter().map(|(name, counts)| ([(*label, name.as_str())], counts.sockets)),
        )?;
        families.gauges(
            &format!("procnet_{word}_close_wait_sockets"),
            &format!(
                "TCP sockets in CLOSE_WAIT by {what}: the peer has closed, the process has not. Series as \
                 those of procnet_{word}_sockets."
            ),
            labelled.iter().map(|(name, counts)| ([(*label, name.as_str())], counts.close_wait)),
        )?;
        let queues = labelled.iter().flat_map(|(name, counts)| {
            [("receive", counts.queues.receive), ("send", counts.queues.send)]
                .map(|(queue, bytes)| ([(*label, name.as_str()), ("queue", queue)], bytes))
        });
        families.gauges(
            &format!("procnet_{word}_queue_bytes"),
            &format!(
                "Bytes waiting to be read, and to be sent or acknowledged, by {what}, without listeners. \
                 Series as those of procnet_{word}_sockets."
            ),
            queues,
        )
    }
}
