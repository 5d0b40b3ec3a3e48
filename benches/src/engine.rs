//! The engines that are Rust libraries: the floors, procnet, and two peers.
//!
//! All are asked the same: which TCP sockets over IPv4 does this network namespace have, and
//! (where an engine can tell) who owns them.

use std::time::{Duration, Instant};

use crate::protocol::Answer;

mod floor;
mod listeners;
mod procfs;
mod procnet;

/// Answers once more, as an agent would ask every second, and says how long it took.
///
/// The clock stops when the answer is there: it runs neither while the answer is counted nor
/// while it is freed, except where an engine hands out sockets one by one.
pub type Engine = Box<dyn FnMut() -> Result<(Answer, Duration), String>>;

/// An engine, ready to be asked, and its version.
pub type Made = Result<(Engine, String), String>;

/// What makes an engine.
pub type Maker = fn() -> Made;

/// Every engine by its name.
pub const ALL: [(&str, Maker); 11] = [
    ("floor-read", floor::read),
    ("floor-walk", floor::walk),
    ("procnet-visit", procnet::visit),
    ("procnet-owners", procnet::owners),
    ("procnet-collect", procnet::collect),
    ("procnet-listeners", procnet::listeners),
    ("procnet-incremental", procnet::incremental),
    ("procnet-incremental-listeners", procnet::incremental_listeners),
    ("procnet-summary", procnet::summary),
    ("procfs", procfs::make),
    ("listeners", listeners::make),
];

/// Makes the engine of this name.
///
/// # Errors
///
/// If there is none, or why it cannot be made.
pub fn named(name: &str) -> Made {
    let found = ALL.into_iter().find(|(known, _)| *known == name);
    found.ok_or_else(|| format!("no engine has the name {name}"))?.1()
}

/// What `work` returns, and how long it took.
fn timed<T, E: ToString>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), String> {
    let begin = Instant::now();
    let result = work();
    let time = begin.elapsed();
    result.map(|result| (result, time)).map_err(|error| error.to_string())
}

/// The version of a crate that this program was built with.
fn version_of(name: &str) -> String {
    let lock = include_str!("../../Cargo.lock");
    let entry = lock.split("[[package]]").find_map(|entry| {
        let entry = entry.trim_start().strip_prefix("name = \"")?.strip_prefix(name)?;
        entry.strip_prefix("\"\nversion = \"")
    });
    let version = entry.and_then(|entry| entry.split('"').next());
    version.unwrap_or("of unknown version").to_owned()
}

fn count(number: usize) -> Option<u64> {
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found() {
        assert_eq!(version_of("procnet-benches"), env!("CARGO_PKG_VERSION"));
        assert!(version_of("procfs").starts_with("0."));
    }

    #[test]
    fn every_engine_answers() {
        for (name, make) in ALL {
            let (mut engine, _) = make().unwrap();
            // `None` from a floor, else some number: other sockets come and go meanwhile.
            let (answer, _) = engine().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(answer.sockets.is_none(), name.starts_with("floor"), "{name}");
        }
    }
}
