//! Command-line arguments.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::scenario::Scenario;

/// What is compared by default.
const DEFAULTS: [(Scenario, &[usize]); 3] = [
    (Scenario::Tcp, &[1_000, 10_000, 100_000]),
    (Scenario::Udp, &[60_000]),
    (Scenario::Namespaces, &[50]),
];

/// Compares procnet with other tools and with the kernel's own cost, on hosts with very many
/// sockets that are created for the comparison.
///
/// Procnet is measured with each of its sources: socket diagnostics (netlink) and the tables of
/// /proc. If any of --sockets, --udp and --namespaces is given, only these are compared; by
/// default 1000, 10000 and 100000 TCP sockets, 60000 UDP sockets, and 50 namespaces. Whatever
/// cannot be measured here is reported as skipped.
#[derive(Clone, Debug, clap::Parser)]
pub(crate) struct Args {
    /// This many TCP sockets in one network namespace; each number of a list is one comparison.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    sockets: Vec<usize>,
    /// This many UDP sockets in one network namespace.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    udp: Vec<usize>,
    /// This many network namespaces, each with one process full of TCP sockets; then the same
    /// number of sockets in one namespace.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    namespaces: Vec<usize>,
    /// Sockets of each process; the limit of descriptors is the maximum.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) per_process: usize,
    /// Maximum number of measurements of each competitor.
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub(crate) rounds: usize,
    /// Stop measuring a competitor after this much time in all.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    budget: u64,
    /// Kill a competitor that takes longer for one answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
    /// Only these other tools, by the first word of their names, or `none`.
    #[arg(long, value_name = "TOOL", value_delimiter = ',')]
    pub(crate) peers: Option<Vec<String>>,
    /// Only the operation of this name (such as `netlink-visit`), or the competitors whose name
    /// in the report contains TEXT; can be repeated. The report is then printed and not stored,
    /// unless --out is given.
    #[arg(long, value_name = "TEXT")]
    pub(crate) only: Vec<String>,
    /// Print the name of each competitor, and of its operation, and exit.
    #[arg(long)]
    pub(crate) list: bool,
    /// Directory of the results, `benches/results` by default. Stored results of other scenarios
    /// and sizes are kept.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Measure nothing; write the report of the stored results.
    #[arg(long)]
    pub(crate) report: bool,
    /// Use the programs to be compared as they are, without building them.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// In the sandbox: this many sockets, or namespaces.
    #[arg(long, hide = true)]
    pub(crate) sandboxed: Option<usize>,
    /// In the sandbox: what is created.
    #[arg(long, hide = true, value_enum, default_value_t = Scenario::Tcp)]
    pub(crate) scenario: Scenario,
}

impl Args {
    /// The comparisons to be made, in order.
    pub(crate) fn comparisons(&self) -> Vec<(Scenario, usize)> {
        let given = [&self.sockets, &self.udp, &self.namespaces];
        let any_given = given.iter().any(|numbers| !numbers.is_empty());
        let all = DEFAULTS.into_iter().zip(given);
        all.flat_map(|((scenario, defaults), given)| {
            let numbers = if any_given { &given[..] } else { defaults };
            numbers.iter().map(move |number| (scenario, *number)).collect::<Vec<_>>()
        })
        .collect()
    }

    pub(crate) fn budget(&self) -> Duration {
        Duration::from_secs(self.budget)
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Where results are stored, unless they are only printed.
    pub(crate) fn out(&self) -> Option<&Path> {
        let default = self.only.is_empty().then_some(Path::new("benches/results"));
        self.out.as_deref().or(default)
    }

    /// The arguments of the sandboxed run.
    pub(crate) fn sandboxed(&self, scenario: Scenario, number: usize) -> Vec<String> {
        let mut words =
            vec![format!("--sandboxed={number}"), format!("--scenario={}", scenario.word())];
        words.push(format!("--per-process={}", self.per_process));
        words.push(format!("--rounds={}", self.rounds));
        words.push(format!("--budget={}", self.budget));
        words.push(format!("--timeout={}", self.timeout));
        words.extend(self.peers.as_ref().map(|peers| format!("--peers={}", peers.join(","))));
        words.extend(self.only.iter().map(|text| format!("--only={text}")));
        words
    }

    /// Whether another tool is to be measured.
    pub(crate) fn wants_peer(&self, id: &str) -> bool {
        let first = id.split([' ', ',']).next().unwrap_or(id);
        self.peers.as_ref().is_none_or(|peers| peers.iter().any(|peer| peer == first))
    }

    /// Whether `--only` selects a competitor, given its name and its operation's.
    pub(crate) fn selects(&self, id: &str, operation: Option<&str>) -> bool {
        let matches = |text: &String| id.contains(&**text) || operation == Some(text);
        self.only.is_empty() || self.only.iter().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn args(words: &[&str]) -> Args {
        Args::parse_from([&["compare"], words].concat())
    }

    #[test]
    fn only_the_given_comparisons_are_made() {
        let of = |words: &[&str]| args(words).comparisons();
        assert_eq!(of(&[]).len(), 5);
        assert_eq!(of(&["--sockets", "7"]), [(Scenario::Tcp, 7)]);
        let both = [(Scenario::Udp, 1), (Scenario::Udp, 2), (Scenario::Namespaces, 3)];
        assert_eq!(of(&["--namespaces", "3", "--udp", "1,2"]), both);
    }

    #[test]
    fn competitors_are_selected_by_operation_or_by_part_of_their_name() {
        let all = args(&[]);
        assert!(all.selects("ss -4tan", None) && all.out().is_some());
        let some = args(&["--only", "netlink-visit", "--only=--no-owners"]);
        assert!(some.selects("procnet, netlink, no owners", Some("netlink-visit")));
        assert!(!some.selects("procnet, netlink, all namespaces", Some("netlink-visit-all")));
        assert!(some.selects("procnet sockets --format ndjson --no-owners", None));
        assert_eq!(some.out(), None);
    }
}
