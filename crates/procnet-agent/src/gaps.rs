//! What a refresh did not see, each under a name.

use procnet::Coverage;

use crate::aggregates::Aggregates;

/// The names of the gaps, and what is counted of each.
pub const NAMES: [(&str, &str); 21] = [
    ("unreadable_tables", "tables that could not be read to their end"),
    ("unsettled_tables", "tables in which sockets came and went during each read"),
    ("undecodable_rows", "rows that do not decode"),
    ("maybe_repeated", "sockets that may have been counted twice"),
    ("suspect_rows", "rows that a socket's name may have forged"),
    ("without_details", "tables whose source reports no details"),
    ("without_descriptor", "tables that may lack sockets without a descriptor"),
    ("namespaces_denied", "network namespaces that could not be entered"),
    ("namespaces_unknown", "processes whose network namespace is unknown"),
    ("namespaces_partly", "network namespaces of which only sockets with a descriptor were seen"),
    ("processes_denied", "processes whose descriptors could not be read"),
    ("processes_unlisted", "1 if processes of other users are not listed"),
    ("descriptors_denied", "descriptors that could not be read"),
    ("rings_unknown", "io_uring instances whose files are unknown"),
    ("threads_unknown", "threads whose descriptors are unknown"),
    ("owners_outside", "sockets whose owner may be outside the pid namespace"),
    ("owners_left_out", "new sockets whose owners were not looked for, as the time was up"),
    ("processes_left_out", "changed processes that were not examined, as the time was up"),
    ("units_unknown", "sockets whose unit and container could not be read"),
    ("files_unreadable", "files of counters that could not be read"),
    ("unnamed", "1 if something else was not seen"),
];

/// The counts, in the order of the names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gaps(pub [u64; NAMES.len()]);

impl Gaps {
    /// What this refresh did not see; `files` could not be read.
    #[must_use]
    pub fn of(coverage: &Coverage, aggregates: &Aggregates, files: u64) -> Gaps {
        let tables = |kinds: procnet::Kinds| kinds.iter().count() as u64;
        let namespaces = &coverage.namespaces;
        let processes = coverage.processes.as_ref();
        let of = |count: fn(&procnet::coverage::Processes) -> u64| processes.map_or(0, count);
        let contained = processes.is_some_and(|processes| processes.contained);
        let unowned = coverage.ownerless.saturating_sub(coverage.kernel);
        let uncompared = if unowned > 0 { of(|processes| processes.uncompared) } else { 0 };
        let mut counts = [
            coverage.unreadable.len() as u64,
            tables(coverage.unsettled),
            coverage.undecodable.count,
            coverage.maybe_repeated.count,
            coverage.suspect.count,
            tables(coverage.without_details),
            tables(coverage.without_descriptor),
            namespaces.hidden.len() as u64,
            namespaces.unknown,
            namespaces.by_descriptors,
            of(procnet::coverage::Processes::unreadable),
            u64::from(namespaces.unlisted) | of(|processes| u64::from(processes.unlisted)),
            of(|processes| processes.unread.iter().map(|unread| unread.count).sum()),
            of(|processes| processes.rings.count),
            of(|processes| processes.threads.count) + uncompared,
            if contained { unowned } else { 0 },
            coverage.left_out.sockets,
            coverage.left_out.processes,
            aggregates.units_unread,
            files,
            0,
        ];
        // What the library calls incomplete is never shown as complete, whatever it comes to know.
        if !coverage.is_complete() && counts.iter().all(|count| *count == 0) {
            counts[NAMES.len() - 1] = 1;
        }
        Gaps(counts)
    }

    /// Whether everything was seen.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    /// Whether no process or descriptor was hidden, so that no owner is missing but for lack of time.
    #[must_use]
    pub fn has_all_processes(&self) -> bool {
        let are_hidden = |name: &str| {
            let of_owners = ["processes_", "descriptors_", "rings_", "threads_", "owners_"];
            of_owners.iter().any(|start| name.starts_with(start)) && !name.ends_with("_left_out")
        };
        !self.iter().any(|(name, count)| count > 0 && are_hidden(name))
    }

    /// Whether the time did not suffice for all owners.
    #[must_use]
    pub fn has_left_out(&self) -> bool {
        self.iter().any(|(name, count)| count > 0 && name.ends_with("_left_out"))
    }

    /// Each name and its count.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        NAMES.into_iter().zip(self.0).map(|((name, _), count)| (name, count))
    }
}

#[cfg(test)]
mod tests {
    use procnet_arrow::Services;

    use super::*;

    #[test]
    fn each_gap_has_a_name_and_none_is_shown_as_complete() {
        let aggregates = Aggregates::new(None, Services::new(32768));
        let none = Gaps::of(&Coverage::default(), &aggregates, 0);
        assert!(none.is_none());
        let named = |gaps: Gaps| gaps.iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>();
        assert_eq!(
            named(Gaps::of(&Coverage::default(), &aggregates, 2)),
            [("files_unreadable", 2)]
        );
        assert!(Gaps::of(&Coverage::default(), &aggregates, 2).has_all_processes());
        let mut coverage = Coverage::default();
        coverage.undecodable.count = 3;
        coverage.left_out.sockets = 4;
        let expected = [("undecodable_rows", 3), ("owners_left_out", 4)];
        assert_eq!(named(Gaps::of(&coverage, &aggregates, 0)), expected);
        let gaps = Gaps::of(&coverage, &aggregates, 0);
        assert!(gaps.has_all_processes() && gaps.has_left_out());
        let mut denied = Coverage::default();
        denied.processes.get_or_insert_default().unlisted = true;
        let gaps = Gaps::of(&denied, &aggregates, 0);
        assert!(!gaps.has_all_processes() && !gaps.has_left_out());
        let mut coverage = Coverage::default();
        coverage.processes.get_or_insert_default().uncompared = 5;
        assert!(Gaps::of(&coverage, &aggregates, 0).is_none() && coverage.is_complete());
        coverage.ownerless = 1;
        assert_eq!(named(Gaps::of(&coverage, &aggregates, 0)), [("threads_unknown", 5)]);
        // What has no count of its own here.
        let mut coverage = Coverage::default();
        coverage.swapped = 1;
        assert!(!coverage.is_complete());
        assert_eq!(named(Gaps::of(&coverage, &aggregates, 0)), [("unnamed", 1)]);
    }
}
