//! What can be typed.

use std::{path::PathBuf, time::Duration};

use crate::scene::Scene;

/// What is compared if nothing is said.
const DEFAULTS: [(Scene, &[usize]); 3] =
    [(Scene::Tcp, &[1_000, 10_000, 100_000]), (Scene::Udp, &[60_000]), (Scene::Namespaces, &[50])];

/// procnet beside its peers and the kernel's own cost, on hosts of very many sockets that are
/// made for it.
///
/// Procnet is asked with each of its sources: socket diagnostics (netlink), and the tables of
/// /proc. Of --sockets, --udp and --namespaces only what is said is compared; if nothing is
/// said, TCP sockets by 1000, 10000 and 100000, 60000 UDP sockets, and 50 namespaces. What
/// cannot be measured here is skipped and named.
#[derive(Clone, Debug, clap::Parser)]
pub(crate) struct Args {
    /// So many TCP sockets in one network namespace; a list is so many comparisons.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    sockets: Vec<usize>,
    /// So many UDP sockets in one network namespace.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    udp: Vec<usize>,
    /// So many network namespaces, each with a process full of TCP sockets; and then as many
    /// sockets in one namespace.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    namespaces: Vec<usize>,
    /// How many sockets a process has; a limit of descriptors is the most.
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
    /// Where results are kept; those of other scenes and other numbers of sockets stay.
    #[arg(long, value_name = "DIR", default_value = "benches/results")]
    pub(crate) out: PathBuf,
    /// Measure nothing, write the report of the results that are there.
    #[arg(long)]
    pub(crate) report: bool,
    /// Take the programs to be compared as they are, without building them.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// In the namespaces: so many sockets, or namespaces.
    #[arg(long, hide = true)]
    pub(crate) inside: Option<usize>,
    /// In the namespaces: what is made.
    #[arg(long, hide = true, value_enum, default_value_t = Scene::Tcp)]
    pub(crate) scene: Scene,
}

impl Args {
    /// What is to be compared, one after the other.
    pub(crate) fn comparisons(&self) -> Vec<(Scene, usize)> {
        let said = [&self.sockets, &self.udp, &self.namespaces];
        let is_said = said.iter().any(|numbers| !numbers.is_empty());
        let all = DEFAULTS.into_iter().zip(said);
        all.flat_map(|((scene, usual), said)| {
            let numbers = if is_said { &said[..] } else { usual };
            numbers.iter().map(move |number| (scene, *number)).collect::<Vec<_>>()
        })
        .collect()
    }

    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience)
    }

    pub(crate) fn limit(&self) -> Duration {
        Duration::from_secs(self.limit)
    }

    /// The same for the run inside.
    pub(crate) fn inside(&self, scene: Scene, number: usize) -> Vec<String> {
        let mut words = vec![format!("--inside={number}"), format!("--scene={}", scene.word())];
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn what_is_said_is_compared_and_nothing_else() {
        let of = |words: &[&str]| Args::parse_from([&["compare"], words].concat()).comparisons();
        assert_eq!(of(&[]).len(), 5);
        assert_eq!(of(&["--sockets", "7"]), [(Scene::Tcp, 7)]);
        let both = [(Scene::Udp, 1), (Scene::Udp, 2), (Scene::Namespaces, 3)];
        assert_eq!(of(&["--namespaces", "3", "--udp", "1,2"]), both);
    }
}
