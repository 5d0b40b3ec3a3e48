//! Options of a query that contradict each other.

use super::Query;
use crate::owners::OwnerSource;

impl Query {
    /// The same query without owners in the answer, and without the options about them; its filter may
    /// still need them.
    pub(crate) fn without_owners(&self) -> Query {
        let mut query = self.clone().owners(false).process_uids(false).one_pass(false);
        query.incremental = None;
        if !query.needs_owners() {
            query.owner_source = OwnerSource::Auto;
        }
        query
    }

    /// The contradiction between its options, if there is one.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let by_bpf = self.owner_source == OwnerSource::Bpf;
        let contradictions = [
            (
                self.kept_owners().is_some() && !self.needs_owners(),
                "incremental owners, but no owners",
            ),
            (
                by_bpf && self.pid.is_some(),
                "owners by BPF, but of one process, which is walked; a filter by its pid is not",
            ),
            (
                by_bpf && self.incremental.is_some(),
                "owners by BPF, but incremental, which they are by walks only",
            ),
            (by_bpf && !self.needs_owners(), "owners by BPF, but no owners"),
            (
                self.one_pass && !(by_bpf && self.owners),
                "one pass for sockets and their owners, but no owners by BPF",
            ),
            (
                self.process_uids && !self.owners && self.pid.is_none(),
                "user ids of owning processes, but no owners",
            ),
        ];
        contradictions.into_iter().find(|(is_so, _)| *is_so).map(|(_, why)| why)
    }
}
