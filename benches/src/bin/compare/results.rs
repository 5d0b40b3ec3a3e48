//! Stored results.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;

/// The latest run of each scenario and size, in ascending order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) runs: Vec<Run>,
}

/// One comparison.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Run {
    #[serde(default)]
    pub(crate) scenario: Scenario,
    pub(crate) sockets: usize,
    /// The number of network namespaces, unless all sockets are in one.
    #[serde(default)]
    pub(crate) namespaces: Option<usize>,
    pub(crate) processes: usize,
    pub(crate) date: String,
    pub(crate) machine: Machine,
    /// The load average just before, which shows what else the machine did.
    pub(crate) load: f64,
    pub(crate) rounds: usize,
    pub(crate) budget_s: u64,
    pub(crate) timeout_s: u64,
    /// How long it took to create the sockets.
    pub(crate) setup_seconds: f64,
    pub(crate) measurements: Vec<Measured>,
    pub(crate) skipped: Vec<Skipped>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) processors: usize,
    pub(crate) is_virtual: bool,
    pub(crate) memory_gib: u64,
    pub(crate) kernel: String,
}

/// The results of one competitor.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) id: String,
    pub(crate) group: Group,
    pub(crate) task: Task,
    pub(crate) version: String,
    /// The answer.
    pub(crate) sockets: Option<u64>,
    pub(crate) owned: Option<u64>,
    /// Why the answer is known to differ.
    pub(crate) differs: Option<String>,
    /// In order of the rounds.
    pub(crate) samples_ms: Vec<f64>,
    /// The peak memory of its process after the first answer.
    pub(crate) peak_kib: Option<u64>,
    /// Heap allocations of a later answer.
    pub(crate) allocations: Option<u64>,
    /// Why there are fewer rounds than requested.
    pub(crate) note: Option<String>,
}

/// A competitor that was not measured, and why.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Skipped {
    pub(crate) id: String,
    pub(crate) reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// The kernel's own cost.
    Floor,
    Procnet,
    Peer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Task {
    /// Of a floor, which returns nothing.
    Nothing,
    Sockets,
    Owners,
    Listeners,
    OwnedListeners,
    /// One socket by its addresses.
    Lookup,
}

impl Measured {
    /// The median of the rounds, if there was any.
    pub(crate) fn median_ms(&self) -> Option<f64> {
        let mut samples = self.samples_ms.clone();
        samples.sort_by(f64::total_cmp);
        let (low, high) =
            (samples.get((samples.len().max(1) - 1) / 2)?, samples.get(samples.len() / 2)?);
        Some(f64::midpoint(*low, *high))
    }

    /// The fastest round: if it is far below the median, other work interfered.
    pub(crate) fn fastest_ms(&self) -> Option<f64> {
        self.samples_ms.iter().copied().min_by(f64::total_cmp)
    }
}

impl Run {
    /// The median of a competitor.
    pub(crate) fn median_ms(&self, id: &str) -> Option<f64> {
        self.measurements.iter().find(|measured| measured.id == id)?.median_ms()
    }
}

impl Results {
    /// Loads earlier results; empty if there is no file.
    pub(crate) fn load(directory: &Path) -> Result<Results, String> {
        let path = path(directory);
        match fs::read(&path) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|error| format!("{}: {error}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Results::default()),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    pub(crate) fn save(&self, directory: &Path) -> Result<(), String> {
        let mut json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        json.push('\n');
        let path = path(directory);
        fs::create_dir_all(directory)
            .and_then(|()| fs::write(&path, json))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Adds a run and removes an older one of the same scenario and size.
    pub(crate) fn insert(&mut self, run: Run) {
        let key = |run: &Run| (run.scenario, run.sockets, run.namespaces);
        self.runs.retain(|older| key(older) != key(&run));
        self.runs.push(run);
        self.runs.sort_by_key(key);
    }

    /// The runs of a scenario.
    pub(crate) fn of(&self, scenario: Scenario) -> impl Iterator<Item = &Run> + Clone {
        self.runs.iter().filter(move |run| run.scenario == scenario)
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join("compare.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_that_of_the_sorted_samples() {
        let measured = |samples_ms| Measured {
            id: String::new(),
            group: Group::Peer,
            task: Task::Owners,
            version: String::new(),
            sockets: None,
            owned: None,
            differs: None,
            samples_ms,
            peak_kib: None,
            allocations: None,
            note: None,
        };
        assert_eq!(measured(vec![]).median_ms(), None);
        assert_eq!(measured(vec![3.0]).median_ms(), Some(3.0));
        assert_eq!(measured(vec![9.0, 1.0, 2.0]).median_ms(), Some(2.0));
        assert_eq!(measured(vec![9.0, 1.0, 2.0, 4.0]).median_ms(), Some(3.0));
    }
}
