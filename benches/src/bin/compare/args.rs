//! What can be typed.

use std::{path::PathBuf, time::Duration};

/// procnet beside its peers, on a host of very many sockets that is made for it.
#[derive(Clone, Debug, clap::Parser)]
pub(crate) struct Args {
    /// How many sockets there are to be; a list is so many comparisons.
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    pub(crate) sockets: Vec<usize>,
    /// How many sockets a process has.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) per_process: usize,
    /// How often each is timed, at most.
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub(crate) rounds: usize,
    /// Time nobody again who took so long in all.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    patience: u64,
    /// End whoever takes longer for one answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    limit: u64,
    /// Only these peers, by the first word of their names; or `none`.
    #[arg(long, value_name = "PEER", value_delimiter = ',')]
    pub(crate) peers: Option<Vec<String>>,
    /// Where results are kept; those of other numbers of sockets stay.
    #[arg(long, value_name = "DIR", default_value = "benches/results")]
    pub(crate) out: PathBuf,
    /// Measure nothing, write the report of the results that are there.
    #[arg(long)]
    pub(crate) report: bool,
    /// Take the programs to be compared as they are, without building them.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// In the namespaces: so many sockets.
    #[arg(long, hide = true)]
    pub(crate) inside: Option<usize>,
}

impl Args {
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(self.limit)
    }

    /// The same for the run inside.
    pub(crate) fn inside(&self, sockets: usize) -> Vec<String> {
        let mut words = vec![format!("--inside={sockets}")];
        words.push(format!("--per-process={}", self.per_process));
        words.push(format!("--rounds={}", self.rounds));
        words.push(format!("--patience={}", self.patience));
        words.push(format!("--limit={}", self.limit));
        words.extend(self.peers.as_ref().map(|peers| format!("--peers={}", peers.join(","))));
        words
    }

    /// Whether a peer is to take part.
    pub(crate) fn wants(&self, id: &str) -> bool {
        let first = id.split([' ', ',']).next().unwrap_or(id);
        self.peers.as_ref().is_none_or(|peers| peers.iter().any(|peer| peer == first))
    }
}
